using System.Security.Cryptography;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>Length and hashes of a file, as the metadata above it says.</summary>
internal sealed record FileMeta(long Length, byte[]? Sha256, byte[]? Sha512)
{
    public static FileMeta Read(JsonFields fields)
    {
        var (length, hashes) = (fields.Number("length"), fields.Object("hashes"));
        var (sha256, sha512) = (hashes.BytesOrNull("sha256"), hashes.BytesOrNull("sha512"));
        return length >= 0 && (sha256 is not null || sha512 is not null) && (sha256?.Length ?? SHA256.HashSizeInBytes) == SHA256.HashSizeInBytes
            && (sha512?.Length ?? SHA512.HashSizeInBytes) == SHA512.HashSizeInBytes
            ? new FileMeta(length, sha256, sha512)
            : throw fields.Bad("", "a negative length, or neither sha256 nor sha512");
    }

    /// <summary>Whether these bytes are that file; every hash must be right.</summary>
    public bool Fits(ReadOnlySpan<byte> bytes) => bytes.Length == Length
        && (Sha256 is null || SHA256.HashData(bytes).AsSpan().SequenceEqual(Sha256)) && (Sha512 is null || SHA512.HashData(bytes).AsSpan().SequenceEqual(Sha512));
}
