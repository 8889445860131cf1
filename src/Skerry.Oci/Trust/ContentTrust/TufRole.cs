using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>Which keys may sign a role's metadata, and how many of them must; for a delegated role also for which targets.</summary>
internal sealed record TufRole(string Name, IReadOnlyList<TufKey> Keys, int Threshold, IReadOnlyList<string> Paths)
{
    private const int MaxPaths = 4096;

    /// <summary>Reads a role; keys that are not in <paramref name="keys"/> are refused.</summary>
    public static TufRole Read(string name, JsonFields role, IReadOnlyDictionary<string, TufKey> keys)
    {
        var ids = role.Texts("keyids", TrustLimits.MaxSignatures);
        var threshold = role.Number("threshold");
        if (threshold < 1 || threshold > ids.Count || ids.Distinct(StringComparer.Ordinal).Count() != ids.Count)
        {
            throw role.Bad("threshold", $"{threshold} of {ids.Count} keys of {name}, or a key twice");
        }

        return new TufRole(name, [.. ids.Select(id => keys.TryGetValue(id, out var key) ? key : throw role.Bad("keyids", "a key that is not there"))], (int)threshold, role.Texts("paths", MaxPaths));
    }

    /// <summary>Reads keys by id.</summary>
    public static Dictionary<string, TufKey> ReadKeys(JsonFields holder)
    {
        const int MaxKeys = 256;
        return holder.Members("keys", MaxKeys).ToDictionary(static m => m.Name, static m => TufKey.Read(m.Name, new JsonFields("key", "", m.Value)), StringComparer.Ordinal);
    }

    /// <summary>Whether a target is this delegated role's to sign.</summary>
    public bool Covers(string target) => Paths.Any(p => target.StartsWith(p, StringComparison.Ordinal));
}
