using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Skerry.Oci;

/// <summary>The content address of a blob: <c>algorithm:hex</c>.</summary>
/// <remarks>
/// Only registered algorithms with exactly their number of lower-case digits exist
/// (OCI image-spec v1.1 descriptor.md#digests; sha384 as in go-digest). <c>default</c> is no digest: <see cref="IsEmpty"/>.
/// </remarks>
public readonly record struct Digest
{
    /// <summary>Name of SHA-256 in a digest.</summary>
    public const string Sha256 = "sha256";

    /// <summary>Name of SHA-384 in a digest.</summary>
    public const string Sha384 = "sha384";

    /// <summary>Name of SHA-512 in a digest.</summary>
    public const string Sha512 = "sha512";

    private const int AlgorithmLength = 6; // all three names

    private readonly string? _text;

    private Digest(string text) => _text = text;

    /// <summary>True for <c>default</c>, which is no digest.</summary>
    public bool IsEmpty => _text is null;

    /// <summary><c>sha256</c>, <c>sha384</c> or <c>sha512</c>; empty for no digest.</summary>
    public string Algorithm => _text is null ? "" : _text[..AlgorithmLength];

    /// <summary>The hash in lower-case hexadecimal; empty for no digest.</summary>
    public string Hex => _text is null ? "" : _text[(AlgorithmLength + 1)..];

    /// <summary>Parses <c>sha256:…</c>, <c>sha384:…</c> or <c>sha512:…</c>; refuses everything else.</summary>
    /// <exception cref="OciFormatException">Unknown algorithm, wrong length, or a character that is no lower-case hex digit.</exception>
    public static Digest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var digest, out var offset, out var reason) ? digest : throw new OciFormatException("digest", offset, reason);
    }

    /// <summary>As <see cref="Parse"/>, with false instead of the exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        return text is not null && TryParse(text, out digest, out _, out _);
    }

    /// <summary>The SHA-256 digest of <paramref name="content"/>.</summary>
    public static Digest OfSha256(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return OfHash(Sha256, hash);
    }

    /// <summary>The digest of <paramref name="content"/> by the algorithm of <paramref name="like"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> content, Digest like)
    {
        using var hash = like.CreateHash();
        hash.AppendData(content);
        return OfHash(like.Algorithm, hash.GetHashAndReset());
    }

    /// <summary>A digest from a finished hash.</summary>
    /// <exception cref="ArgumentException">The algorithm is unknown or the hash has the wrong length.</exception>
    public static Digest OfHash(string algorithm, ReadOnlySpan<byte> hash)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        if (HexLength(algorithm) != hash.Length * 2)
        {
            throw new ArgumentException($"a hash of {hash.Length} bytes is no {algorithm}", nameof(hash));
        }

        return new Digest($"{algorithm}:{Convert.ToHexStringLower(hash)}");
    }

    /// <summary>A hash object of this digest's algorithm; the caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">This is no digest.</exception>
    public IncrementalHash CreateHash() => Algorithm switch
    {
        Sha256 => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
        Sha384 => IncrementalHash.CreateHash(HashAlgorithmName.SHA384),
        Sha512 => IncrementalHash.CreateHash(HashAlgorithmName.SHA512),
        _ => throw new InvalidOperationException("an empty digest has no algorithm"),
    };

    /// <summary>Ends <paramref name="hash"/> (which is reset) and says whether it gives this digest.</summary>
    public bool IsHashOf(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return Equals(OfHash(Algorithm, hash.GetHashAndReset()));
    }

    /// <summary><c>algorithm:hex</c>; empty for no digest.</summary>
    public override string ToString() => _text ?? "";

    private static int HexLength(ReadOnlySpan<char> algorithm) => algorithm switch
    {
        Sha256 => 64,
        Sha384 => 96,
        Sha512 => 128,
        _ => -1,
    };

    private static bool TryParse(string text, out Digest digest, out int offset, out string reason)
    {
        digest = default;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            (offset, reason) = (text.Length, "no colon; a digest is algorithm:hex, for example sha256:64 hex digits");
            return false;
        }

        var length = HexLength(text.AsSpan(0, colon));
        if (length < 0)
        {
            (offset, reason) = (0, "unknown algorithm; known are sha256, sha384 and sha512");
            return false;
        }

        if (text.Length - colon - 1 != length)
        {
            (offset, reason) = (colon + 1, $"{text[..colon]} needs {length} hex digits, here are {text.Length - colon - 1}");
            return false;
        }

        var bad = text.AsSpan(colon + 1).IndexOfAnyExcept("0123456789abcdef");
        if (bad >= 0)
        {
            (offset, reason) = (colon + 1 + bad, "not a lower-case hex digit");
            return false;
        }

        digest = new Digest(text);
        (offset, reason) = (0, "");
        return true;
    }
}
