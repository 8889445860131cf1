namespace Skerry.Node.Sensors.Responses;

/// <summary>What follows beside a rule's action.</summary>
/// <param name="Captures">The events around the alert are kept.</param>
/// <param name="Hooks">Programs that are started, by their names.</param>
internal sealed record ResponseExtras(bool Captures, IReadOnlyList<string> Hooks)
{
    /// <summary>Nothing.</summary>
    internal static readonly ResponseExtras None = new(false, []);
}
