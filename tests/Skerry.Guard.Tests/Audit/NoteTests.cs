using Skerry.Guard.Audit;

namespace Skerry.Guard.Tests.Audit;

/// <summary>Keys and notes of the C2SP specification and of Go's note package, which wrote it first.</summary>
public sealed class NoteTests
{
    private const string SpecificationKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    private const string SpecificationNote =
        "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    private const string PrivateKey = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    private const string PublicKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    private const string OtherKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

    private const string Text =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";

    private const string Line = "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    private const string OtherLine = "\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    [Fact]
    public void The_note_of_the_specification_is_signed_by_its_key()
    {
        var note = SignedNote.Parse(SpecificationNote);
        Assert.Equal("This is an example message.\n", note.Text);
        Assert.True(note.IsSignedBy(NoteVerifier.Parse(SpecificationKey)));
        Assert.False(note.IsSignedBy(NoteVerifier.Parse(PublicKey)));
        Assert.Equal(SpecificationNote, note.ToString());
        Assert.Equal(SpecificationKey, NoteVerifier.Parse(SpecificationKey).ToString());
    }

    [Fact]
    public void A_note_that_we_sign_is_byte_for_byte_what_Go_signs()
    {
        var signer = NoteSigner.Parse(PrivateKey);
        Assert.Equal(PublicKey, signer.Verifier.ToString());
        Assert.Equal(PrivateKey, signer.Export());
        Assert.Equal($"{Text}\n{Line}", SignedNote.Sign(Text, signer).ToString());
    }

    [Fact]
    public void A_note_of_two_signers_is_signed_by_either_and_a_wrong_line_of_a_known_key_spoils_it()
    {
        var (peter, enoch) = (NoteVerifier.Parse(PublicKey), NoteVerifier.Parse(OtherKey));
        var note = SignedNote.Parse($"{Text}\n{Line}{OtherLine}");
        Assert.True(note.IsSignedBy(peter));
        Assert.True(note.IsSignedBy(enoch));
        Assert.True(note.IsSignedBy(peter, enoch));
        Assert.False(note.IsSignedBy());
        var spoilt = SignedNote.Parse($"{Text}\n{Line}{OtherLine.Replace("5n2t", "5n2u", StringComparison.Ordinal)}");
        Assert.True(spoilt.IsSignedBy(peter));
        Assert.False(spoilt.IsSignedBy(peter, enoch));
        Assert.False(SignedNote.Parse($"{Text.Replace('I', 'i')}\n{Line}").IsSignedBy(peter));
    }

    [Fact]
    public void A_key_that_is_cut_or_changed_anywhere_is_refused()
    {
        for (var from = 0; from <= PublicKey.Length; from++)
        {
            for (var to = from; to <= PublicKey.Length; to++)
            {
                if (to - from != PublicKey.Length)
                {
                    Assert.Throws<AuditFormatException>(() => NoteVerifier.Parse(PublicKey[from..to]));
                }
            }
        }

        for (var i = 0; i < PublicKey.Length; i++)
        {
            var changed = PublicKey.ToCharArray();
            changed[i]++;
            Assert.Throws<AuditFormatException>(() => NoteVerifier.Parse(new string(changed)));
        }

        Assert.Throws<AuditFormatException>(() => NoteVerifier.Parse("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=="));
        Assert.Throws<AuditFormatException>(() => NoteVerifier.Parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
    }

    [Fact]
    public void A_refused_private_key_is_not_told()
    {
        for (var i = 0; i < PrivateKey.Length; i++)
        {
            var changed = PrivateKey.ToCharArray();
            changed[i]++;
            var error = Assert.Throws<AuditFormatException>(() => NoteSigner.Parse(new string(changed)));
            Assert.DoesNotContain("KFALVFGyNhPJEMzD1QIDr", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n\u2014 name AAAA\n")]
    [InlineData("text\n\n\u2014 name AAAAAAA\n")]
    [InlineData("text\n\n\u2014 na me AAAAAAAA\n")]
    [InlineData("text\n\n\u2014 na+me AAAAAAAA\n")]
    [InlineData("text\n\n- name AAAAAAAA\n")]
    [InlineData("text\n\n\u2014 name AAAAAAAA")]
    [InlineData("te\u0001xt\n\n\u2014 name AAAAAAAA\n")]
    [InlineData("te\r\nxt\n\n\u2014 name AAAAAAAA\n")]
    public void What_is_no_note_is_refused(string note) => Assert.Throws<AuditFormatException>(() => SignedNote.Parse(note));

    [Fact]
    public void A_text_with_empty_lines_ends_at_the_last_of_them()
    {
        var note = SignedNote.Sign("a\n\nb\n", NoteSigner.Parse(PrivateKey));
        Assert.Equal("a\n\nb\n", SignedNote.Parse(note.ToString()).Text);
    }

    [Theory]
    [InlineData("origin\n1\n")]
    [InlineData("origin\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n1\n47DEQpj8HBSa\n")]
    [InlineData("origin\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n")]
    public void What_is_no_checkpoint_is_refused(string text) =>
        Assert.Throws<AuditFormatException>(() => LogCheckpoint.Parse(SignedNote.Sign(text, NoteSigner.Parse(PrivateKey))));
}
