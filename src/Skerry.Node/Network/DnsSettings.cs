namespace Skerry.Node.Network;

/// <summary>Name resolution of a pod, as in resolv.conf(5).</summary>
internal sealed record DnsSettings(IReadOnlyList<string> Servers, IReadOnlyList<string> Searches, IReadOnlyList<string> Options)
{
    internal static DnsSettings None { get; } = new([], [], []);

    /// <summary>True when nothing is said.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsEmpty => Servers.Count == 0 && Searches.Count == 0 && Options.Count == 0;
}
