using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>A role that another one lets sign for some targets (TUF 1.0.33 §4.5).</summary>
internal sealed record Delegation(string Name, RoleKeys Keys, bool IsTerminating, IReadOnlyList<string> Paths, IReadOnlyList<string> HashPrefixes)
{
    internal static Delegation Read(JsonFields fields, IReadOnlyDictionary<string, RoleKey> keys)
    {
        var name = fields.Text("name");
        if (name is TopRole.Root or TopRole.Timestamp or TopRole.Snapshot or TopRole.Targets or "")
        {
            throw fields.Bad("name", $"'{name}' cannot be delegated");
        }

        if (fields.Has("paths") == fields.Has("path_hash_prefixes"))
        {
            throw fields.Bad("paths", "either paths or path_hash_prefixes must be there");
        }

        var terminating = fields.Element.TryGetProperty("terminating", out var value) && value.ValueKind == System.Text.Json.JsonValueKind.True;
        return new Delegation(name, RoleKeys.Read(name, fields, keys), terminating, fields.Texts("paths", TufLimits.MaxEntries), fields.Texts("path_hash_prefixes", TufLimits.MaxEntries));
    }

    /// <summary>The one of many like roles that a target belongs to (TAP 15, <c>succinct_roles</c>).</summary>
    internal static Delegation? OfBins(JsonFields? bins, IReadOnlyDictionary<string, RoleKey> keys, string target)
    {
        if (bins is null)
        {
            return null;
        }

        var bits = bins.Number("bit_length");
        if (bits is < 1 or > 32)
        {
            throw bins.Bad("bit_length", "not 1 to 32");
        }

        var digits = ((int)bits + 3) / 4;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(target));
        var bin = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hash) >> (32 - (int)bits);
        var name = $"{bins.Text("name_prefix")}-{bin.ToString($"x{digits}", CultureInfo.InvariantCulture)}";
        return new Delegation(name, RoleKeys.Read(name, bins, keys), IsTerminating: true, [], [""]);
    }

    /// <summary>Whether it may sign for a target.</summary>
    internal bool Covers(string target) => Paths.Any(p => PathPattern.Matches(p, target))
        || (HashPrefixes.Count > 0 && Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target))) is var hash && HashPrefixes.Any(p => hash.StartsWith(p, StringComparison.Ordinal)));
}
