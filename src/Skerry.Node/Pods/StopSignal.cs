namespace Skerry.Node.Pods;

/// <summary>The signal that asks a container's program to end.</summary>
internal static class StopSignal
{
    private const int SigTerm = 15; // signal(7)
    private const int MostShown = 32;

    /// <summary>
    /// The spec's, or else the image's, or else SIGTERM. An image comes from strangers: what it names and is no signal must not keep its containers from
    /// being stopped.
    /// </summary>
    /// <param name="own">The spec's, which was checked; empty for none.</param>
    /// <param name="images">The image's; empty for none.</param>
    /// <returns>The signal, and the image's word where that was not understood.</returns>
    internal static (int Signal, string? Unknown) Of(string own, string images) =>
        own.Length > 0 ? (SignalNames.Parse(own), null)
        : images.Length == 0 ? (SigTerm, null)
        : SignalNames.Find(images) is { } signal ? (signal, null)
        : (SigTerm, string.Concat(images.Take(MostShown).Select(static c => char.IsControl(c) ? ' ' : c)));
}
