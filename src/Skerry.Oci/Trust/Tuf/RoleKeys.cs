using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>Which keys may sign a role, and how many of them must.</summary>
internal sealed record RoleKeys(string Role, IReadOnlyList<RoleKey> Keys, long Threshold)
{
    /// <summary>Reads <c>keyids</c> and <c>threshold</c> of a role. More than there are keys may be asked for: then nothing satisfies it.</summary>
    internal static RoleKeys Read(string role, JsonFields fields, IReadOnlyDictionary<string, RoleKey> keys)
    {
        var ids = fields.Texts("keyids", TrustLimits.MaxSignatures);
        if (ids.Distinct(StringComparer.Ordinal).Count() != ids.Count)
        {
            throw fields.Bad("keyids", "one of them twice");
        }

        var threshold = fields.Number("threshold");
        return threshold >= 1
            ? new RoleKeys(role, [.. ids.Where(keys.ContainsKey).Select(id => keys[id])], threshold)
            : throw fields.Bad("threshold", "below 1");
    }

    /// <summary>Reads the member <c>keys</c>.</summary>
    internal static Dictionary<string, RoleKey> ReadKeys(JsonFields holder) =>
        holder.Members("keys", TufLimits.MaxEntries).ToDictionary(static m => m.Name, static m => RoleKey.Read(m.Name, new JsonFields("key", "", m.Value)), StringComparer.Ordinal);

    /// <summary>Refuses a file that too few of the keys signed. Each key counts once.</summary>
    /// <exception cref="TufException">It is.</exception>
    internal void Check(MetadataFile file)
    {
        var signers = Keys.Where(key => file.SignatureOf(key.Id) is { } signature && key.IsSignature(file.Canonical, signature)).Select(static k => k.Identity).Distinct(StringComparer.Ordinal).Count();
        if (signers < Threshold)
        {
            throw new TufException($"{file.Role}, version {file.Version}: signed by {signers} of the keys that may sign {Role}, and {Threshold} must");
        }
    }
}
