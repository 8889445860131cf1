using System.Security.Cryptography;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>Hashes of a file in hex, of those kinds that are known here.</summary>
internal sealed record FileHashes(string? Sha256, string? Sha512)
{
    /// <summary>Reads the member <c>hashes</c>; null where there is none.</summary>
    internal static FileHashes? Read(JsonFields fields)
    {
        if (!fields.Has("hashes"))
        {
            return null;
        }

        var hashes = fields.Map("hashes");
        var known = new FileHashes(hashes.GetValueOrDefault("sha256"), hashes.GetValueOrDefault("sha512"));
        return known != new FileHashes(null, null) ? known : throw fields.Bad("hashes", "neither sha256 nor sha512 is among them");
    }

    /// <summary>Any of them, for the name of a file.</summary>
    internal string Any => Sha256 ?? Sha512!;

    /// <summary>Whether a content has all of them.</summary>
    internal bool Fit(ReadOnlySpan<byte> content) => Fit(Sha256, SHA256.HashData(content)) && (Sha512 is null || Fit(Sha512, SHA512.HashData(content)));

    /// <summary>Whether a file has all of them.</summary>
    internal bool Fit(IncrementalHash sha256, IncrementalHash sha512) => Fit(Sha256, sha256.GetHashAndReset()) && Fit(Sha512, sha512.GetHashAndReset());

    private static bool Fit(string? wanted, byte[] found) => wanted is null || string.Equals(wanted, Convert.ToHexStringLower(found), StringComparison.OrdinalIgnoreCase);
}
