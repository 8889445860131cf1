using System.Security.Cryptography;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>A key that may sign metadata (TUF 1.0.33 §4.3). One of a kind that is not known here is carried along and signs nothing.</summary>
internal sealed class RoleKey
{
    private readonly PublicKey? _key;
    private readonly SignatureScheme _scheme;

    private RoleKey(string id, PublicKey? key, SignatureScheme scheme) => (Id, _key, _scheme) = (id, key, scheme);

    /// <summary>As metadata calls it.</summary>
    internal string Id { get; }

    /// <summary>What counts towards a threshold: the key itself, under whatever ids it stands.</summary>
    internal string Identity => _key?.Id ?? Id;

    internal static RoleKey Read(string id, JsonFields fields)
    {
        var (type, scheme, text) = (fields.Text("keytype"), fields.Text("scheme"), fields.Object("keyval").Text("public"));
        SignatureScheme? known = (type, scheme) switch
        {
            ("rsa", "rsassa-pss-sha256") => new SignatureScheme(SignatureForm.RsaPss, HashAlgorithmName.SHA256),
            ("rsa", "rsa-pkcs1v15-sha256") => new SignatureScheme(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA256),
            ("ecdsa" or "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => new SignatureScheme(SignatureForm.EcdsaDer, HashAlgorithmName.SHA256),
            ("ecdsa" or "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384") => new SignatureScheme(SignatureForm.EcdsaDer, HashAlgorithmName.SHA384),
            ("ed25519", "ed25519") => SignatureScheme.Ed25519,
            _ => null,
        };
        if (known is not { } of)
        {
            return new RoleKey(id, null, default);
        }

        try
        {
            var key = type == "ed25519" ? PublicKey.FromEd25519(Convert.FromHexString(text)) : PublicKey.FromPem(text);
            return new RoleKey(id, key.Fits(of) ? key : null, of);
        }
        catch (Exception e) when (e is OciFormatException or FormatException)
        {
            // Early roots of Sigstore have keys as hex of a point, which nobody reads any more: they sign nothing.
            return new RoleKey(id, null, default);
        }
    }

    internal bool IsSignature(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => _key?.Verify(_scheme, message, signature) == true;
}
