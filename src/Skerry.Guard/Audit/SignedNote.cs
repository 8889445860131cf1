using System.Buffers.Binary;
using System.Text;

namespace Skerry.Guard.Audit;

/// <summary>A text with signatures below it (C2SP signed-note).</summary>
/// <param name="Text">The text, with the newline at its end.</param>
/// <param name="Signatures">Who signed.</param>
public sealed record SignedNote(string Text, IReadOnlyList<SignedNote.Line> Signatures)
{
    /// <summary>Longest note that is read, bytes.</summary>
    public const int Longest = 64 << 10;

    private const int MostSignatures = 64;
    private const string Format = "signed note";
    private const string Dash = "\u2014 ";

    /// <summary>One signature line.</summary>
    /// <param name="Name">The signer.</param>
    /// <param name="KeyId">Which key of that name.</param>
    /// <param name="Signature">The signature's bytes.</param>
    public sealed record Line(string Name, uint KeyId, byte[] Signature);

    /// <summary>A note that is signed by one key.</summary>
    public static SignedNote Sign(string text, NoteSigner signer)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(signer);
        return text.EndsWith('\n')
            ? new SignedNote(text, [new Line(signer.Verifier.Name, signer.Verifier.Id, signer.Sign(Encoding.UTF8.GetBytes(text)))])
            : throw new ArgumentException("the text of a note ends in a newline", nameof(text));
    }

    /// <summary>Reads a note; nothing is verified.</summary>
    /// <exception cref="AuditFormatException">It is none.</exception>
    public static SignedNote Parse(string note)
    {
        ArgumentNullException.ThrowIfNull(note);
        if (note.Length > Longest)
        {
            throw new AuditFormatException(Format, $"longer than {Longest} characters");
        }

        if (note.Any(static c => c < ' ' && c != '\n') || note.Contains('\ufffd', StringComparison.Ordinal))
        {
            throw new AuditFormatException(Format, "a control character, or bytes that are not UTF-8");
        }

        var blank = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (blank < 0 || !note.EndsWith('\n') || blank + 2 >= note.Length)
        {
            throw new AuditFormatException(Format, "not a text, an empty line and signatures");
        }

        var lines = note[(blank + 2)..^1].Split('\n');
        return lines.Length <= MostSignatures
            ? new SignedNote(note[..(blank + 1)], [.. lines.Select(Read)])
            : throw new AuditFormatException(Format, $"more than {MostSignatures} signatures");
    }

    /// <summary>True where one of the keys signed. A line of a known key that is wrong makes the whole note wrong.</summary>
    public bool IsSignedBy(params IReadOnlyCollection<NoteVerifier> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var text = Encoding.UTF8.GetBytes(Text);
        var signed = false;
        foreach (var line in Signatures)
        {
            if (keys.FirstOrDefault(k => k.Name == line.Name && k.Id == line.KeyId) is { } key)
            {
                if (!key.IsSignature(text, line.Signature))
                {
                    return false;
                }

                signed = true;
            }
        }

        return signed;
    }

    /// <summary>The note as it is written.</summary>
    public override string ToString()
    {
        var note = new StringBuilder(Text).Append('\n');
        Span<byte> id = stackalloc byte[sizeof(uint)];
        foreach (var line in Signatures)
        {
            BinaryPrimitives.WriteUInt32BigEndian(id, line.KeyId);
            note.Append(Dash).Append(line.Name).Append(' ').Append(Convert.ToBase64String([.. id, .. line.Signature])).Append('\n');
        }

        return note.ToString();
    }

    private static Line Read(string line)
    {
        var parts = line.StartsWith(Dash, StringComparison.Ordinal) ? line[Dash.Length..].Split(' ') : [];
        if (parts.Length != 2 || !NoteText.IsKeyName(parts[0]))
        {
            throw new AuditFormatException(Format, "a signature line that is not '\u2014 name base64'");
        }

        var bytes = NoteText.Base64(Format, parts[1]);
        return bytes.Length > sizeof(uint)
            ? new Line(parts[0], BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[sizeof(uint)..])
            : throw new AuditFormatException(Format, "a signature without bytes");
    }
}
