using System.Security.Cryptography;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>A log that is trusted: Rekor's of signatures, or one of certificates (RFC 6962).</summary>
/// <param name="BaseUrl">Where it is; never asked.</param>
/// <param name="LogId">How entries name it: SHA-256 of its key, or what the trust root says.</param>
/// <param name="Hash">Hash of its signatures; not looked at for Ed25519.</param>
public sealed record TransparencyLog(string BaseUrl, PublicKey Key, ReadOnlyMemory<byte> LogId, HashAlgorithmName Hash, ValidPeriod ValidFor)
{
    /// <summary>A log of which only the key is known, trusted without end.</summary>
    public static TransparencyLog Of(PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new TransparencyLog("", key, Convert.FromHexString(key.Id), key.NaturalHash, new ValidPeriod(DateTimeOffset.MinValue, null));
    }

    internal bool IsSignature(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Key.Verify(Scheme, message, signature);

    internal SignatureScheme Scheme => Key.Kind switch
    {
        KeyKind.Ed25519 => SignatureScheme.Ed25519,
        KeyKind.Rsa => new(SignatureForm.RsaPkcs1, Hash),
        _ => new(SignatureForm.EcdsaDer, Hash),
    };

    /// <summary><c>log https://rekor.example (12ab…)</c>.</summary>
    public override string ToString() => $"log {(BaseUrl.Length == 0 ? "" : BaseUrl + " ")}({Convert.ToHexStringLower(LogId.Span)[..Math.Min(16, LogId.Length * 2)]}…)";
}
