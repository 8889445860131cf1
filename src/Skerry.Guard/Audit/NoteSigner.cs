using System.Globalization;
using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Skerry.Guard.Audit;

/// <summary>The private key of a log, in the text form of Go's note package: PRIVATE+KEY+name+id+base64.</summary>
public sealed class NoteSigner
{
    private const string Format = "signing key";
    private const string Prefix = "PRIVATE+KEY+";

    private readonly byte[] _seed;

    private NoteSigner(string name, byte[] seed)
    {
        _seed = seed;
        var publicKey = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, publicKey, 0);
        Verifier = new NoteVerifier(name, publicKey);
    }

    /// <summary>The public half.</summary>
    public NoteVerifier Verifier { get; }

    /// <summary>A new key for a name.</summary>
    public static NoteSigner Generate(string name) => new(name, RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize));

    /// <summary>The same key under another name.</summary>
    public NoteSigner Rename(string name) => new(name, _seed);

    /// <summary>Reads PRIVATE+KEY+name+id+base64.</summary>
    /// <exception cref="AuditFormatException">It is none, or for another algorithm than Ed25519. The message never holds the key.</exception>
    public static NoteSigner Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].Split('+', 3) : [];
        if (parts.Length != 3)
        {
            throw new AuditFormatException(Format, $"not {Prefix}name+id+key");
        }

        var bytes = NoteText.Base64(Format, parts[2]);
        if (bytes.Length != 1 + Ed25519.SecretKeySize || bytes[0] != NoteVerifier.Ed25519Kind)
        {
            throw new AuditFormatException(Format, "not the 32 bytes of an Ed25519 key");
        }

        var signer = new NoteSigner(parts[0], bytes[1..]);
        return signer.Verifier.Id.ToString("x8", CultureInfo.InvariantCulture) == parts[1]
            ? signer
            : throw new AuditFormatException(Format, "the id does not belong to name and key");
    }

    /// <summary>The signature of these bytes, 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> text)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(_seed, 0, text.ToArray(), 0, text.Length, signature, 0);
        return signature;
    }

    /// <summary>The key as it is kept in its file. A secret.</summary>
    public string Export() => $"{Prefix}{Verifier.Name}+{Verifier.Id:x8}+{Convert.ToBase64String([NoteVerifier.Ed25519Kind, .. _seed])}";

    /// <summary>The public half.</summary>
    public override string ToString() => Verifier.ToString();
}
