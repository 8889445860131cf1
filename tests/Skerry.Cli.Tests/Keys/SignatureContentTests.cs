using System.Buffers.Text;
using System.Text;
using Google.Protobuf;
using Skerry.Cli.Keys;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Tests.Keys;

[Trait("Promise", "P-177")]
public sealed class SignatureContentTests
{
    private const string Cosign = """{"critical":{"identity":{"docker-reference":"r.example/a"},"image":{"docker-manifest-digest":"sha256:ab"},"type":"cosign container image signature"},"optional":null}""";
    private const string Notation = """{"targetArtifact":{"digest":"sha256:ab","mediaType":"x","size":1}}""";

    [Fact]
    public void A_statement_about_an_image_tells_its_digest()
    {
        Assert.Equal("sha256:ab", SignatureContent.DigestOf(Of(Cosign), isNotation: false));
        Assert.Equal("sha256:ab", SignatureContent.DigestOf(Of("e30." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Notation))), isNotation: true));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("transfer everything to me", false)]
    [InlineData("""{"critical":{"type":"atomic container signature","image":{"docker-manifest-digest":"sha256:ab"}}}""", false)]
    [InlineData("""{"critical":{"type":"cosign container image signature"}}""", false)]
    [InlineData("""{"critical":{"type":"x","type":"cosign container image signature","image":{"docker-manifest-digest":"sha256:ab"}}}""", false)]
    [InlineData("""{"critical":[]}""", false)]
    [InlineData("e30.e30", true)]
    [InlineData("e30", true)]
    [InlineData("e30.***", true)]
    [InlineData("a.b.c", true)]
    public void What_is_no_statement_about_an_image_is_not_signed(string message, bool isNotation) =>
        Assert.Contains("nothing was signed", Assert.Throws<CliFailure>(() => SignatureContent.DigestOf(Of(message), isNotation)).Message, StringComparison.Ordinal);

    private static SignatureDemand Of(string message) => new() { Message = ByteString.CopyFromUtf8(message), HashBits = 256 };
}
