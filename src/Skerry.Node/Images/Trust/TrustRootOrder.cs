namespace Skerry.Node.Images.Trust;

/// <summary>From where a trusted root is fetched, and what: what is empty is as the last time.</summary>
/// <param name="From">Address or directory of the repository's metadata.</param>
/// <param name="Targets">Address or directory of its targets; without one, <c>targets</c> below new metadata.</param>
/// <param name="Target">The file that is wanted of it.</param>
internal sealed record TrustRootOrder(string From, string Targets, string Target)
{
    /// <summary>All as the last time.</summary>
    internal static TrustRootOrder AsBefore { get; } = new(string.Empty, string.Empty, string.Empty);
}
