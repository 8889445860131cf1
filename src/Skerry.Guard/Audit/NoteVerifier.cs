using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Skerry.Guard.Audit;

/// <summary>The public key of a log, as a text that people exchange: name+id+base64 (C2SP signed-note, "vkey"). Ed25519 alone.</summary>
public sealed class NoteVerifier
{
    internal const byte Ed25519Kind = 1;
    private const string Format = "verifier key";

    private readonly byte[] _key;

    internal NoteVerifier(string name, byte[] publicKey)
    {
        Name = NoteText.IsKeyName(name) ? name : throw new AuditFormatException(Format, $"the name '{name}' is empty, or has a space or a plus");
        _key = publicKey.Length == Ed25519.PublicKeySize ? publicKey : throw new AuditFormatException(Format, $"an Ed25519 key of {publicKey.Length} bytes instead of {Ed25519.PublicKeySize}");
        Id = IdOf(name, publicKey);
    }

    /// <summary>Who signs with it.</summary>
    public string Name { get; }

    /// <summary>Four bytes that tell keys of a name apart; not a fingerprint.</summary>
    public uint Id { get; }

    /// <summary>Reads name+id+base64.</summary>
    /// <exception cref="AuditFormatException">It is none, or for another algorithm than Ed25519.</exception>
    public static NoteVerifier Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || parts[1].Length != 8 || parts[1].Any(static c => !char.IsAsciiHexDigitLower(c)))
        {
            throw new AuditFormatException(Format, "not name+id+key, with an id of eight lower-case hexadecimal digits");
        }

        var bytes = NoteText.Base64(Format, parts[2]);
        if (bytes.Length == 0 || bytes[0] != Ed25519Kind)
        {
            throw new AuditFormatException(Format, "an algorithm other than Ed25519 (1)");
        }

        var verifier = new NoteVerifier(parts[0], bytes[1..]);
        return verifier.Id == uint.Parse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            ? verifier
            : throw new AuditFormatException(Format, "the id does not belong to name and key");
    }

    /// <summary>True where the signature is this key's, over these bytes.</summary>
    public bool IsSignature(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature.ToArray(), 0, _key, 0, text.ToArray(), 0, text.Length);

    /// <summary>name+id+base64.</summary>
    public override string ToString() => $"{Name}+{Id:x8}+{Convert.ToBase64String([Ed25519Kind, .. _key])}";

    /// <summary>SHA-256 of name, newline, kind and key, the first four bytes.</summary>
    private static uint IdOf(string name, byte[] publicKey) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', Ed25519Kind, .. publicKey]));
}
