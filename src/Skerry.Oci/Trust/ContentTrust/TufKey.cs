using System.Security.Cryptography;
using System.Text;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>A key of Notary v1 (theupdateframework/notary tuf/data/keys.go): bare, or in a certificate.</summary>
internal sealed record TufKey(string Id, string Type, PublicKey Key, Certificate? Certificate)
{
    /// <summary>Reads a key; its id must be the hash of what it is.</summary>
    public static TufKey Read(string id, JsonFields fields)
    {
        var (type, values) = (fields.Text("keytype"), fields.Object("keyval"));
        var text = values.Text("public");
        if (values.Has("private"))
        {
            throw values.Bad("private", "a private key in public metadata");
        }

        var own = Hash(type, text);
        var bytes = StrictBase64.Decode("key", text);
        Certificate? certificate = null;
        PublicKey key;
        switch (type)
        {
            case "ecdsa" or "rsa":
                key = PublicKey.FromSpki(bytes);
                break;
            case "ed25519":
                key = PublicKey.FromEd25519(bytes);
                break;
            case "ecdsa-x509" or "rsa-x509":
                certificate = Certificate.FromPem(Encoding.UTF8.GetString(bytes))[0];
                key = certificate.Key;
                break;
            default:
                throw fields.Bad("keytype", "not known");
        }

        var isRsa = type.StartsWith("rsa", StringComparison.Ordinal);
        var isEd25519 = type == "ed25519";
        return own != id ? throw new OciFormatException("key", null, $"the id {Short(id)} is not the hash of its key")
            : isRsa == (key.Kind == KeyKind.Rsa) && isEd25519 == (key.Kind == KeyKind.Ed25519) ? new TufKey(id, type, key, certificate)
            : throw fields.Bad("keytype", $"'{type}', and the key is {key.Kind}");
    }

    /// <summary>The id of the key without its certificate, which <c>notary key list</c> and <c>docker trust inspect</c> show.</summary>
    public string BareId => Certificate is null ? Id : Hash(Type.Split('-')[0], Convert.ToBase64String(Key.Spki.Span));

    /// <summary>Whether a signature by a method is this key's; a method that is not of its kind is none.</summary>
    public bool IsSignature(string method, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        SignatureScheme? scheme = method switch
        {
            "ecdsa" => new SignatureScheme(SignatureForm.EcdsaRaw, HashAlgorithmName.SHA256),
            "rsapss" => new SignatureScheme(SignatureForm.RsaPss, HashAlgorithmName.SHA256),
            "rsapkcs1v15" => new SignatureScheme(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA256),
            "eddsa" => SignatureScheme.Ed25519,
            _ => null,
        };
        return scheme is { } known && Key.Verify(known, message, signature);
    }

    private static string Hash(string type, string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($$$"""{"keytype":"{{{type}}}","keyval":{"private":null,"public":"{{{text}}}"}}""")));

    private static string Short(string id) => Manifests.JsonGuard.Printable(id.Length > 16 ? id[..16] + "…" : id);
}
