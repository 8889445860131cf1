namespace Skerry.Node.Isolation.Microvm;

/// <summary>Where the node and the carrier of a container leave things for each other.</summary>
/// <param name="Bundle">The container's bundle.</param>
internal sealed record CarrierPaths(string Bundle)
{
    /// <summary>In the jail: <see cref="Told"/>.</summary>
    internal const string ToldInside = "/run/skerry/told";

    /// <summary>In the jail: <see cref="Said"/>.</summary>
    internal const string SaidInside = "/run/skerry/said";

    /// <summary>What the carrier starts with.</summary>
    internal const string Start = "start";

    /// <summary>How the container ended.</summary>
    internal const string Outcome = "outcome";

    /// <summary>For the carrier to read.</summary>
    internal string Told => Path.Combine(Bundle, "told");

    /// <summary>For the carrier to write; what lies there is a stranger's.</summary>
    internal string Said => Path.Combine(Bundle, "said");

    /// <summary>The container's config.json in the guest, which execs begin from.</summary>
    internal string Document => Path.Combine(Bundle, "guest.json");
}
