using System.Text;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Tests.Trust.Strict;

public sealed class PemTextTests
{
    [Fact]
    public void Blocks_that_begin_and_never_end_are_refused_before_their_ends_are_looked_for()
    {
        const string Begin = "-----BEGIN A-----\n";
        var text = new StringBuilder().Insert(0, Begin, TrustLimits.MaxEnvelope / Begin.Length).ToString();
        var error = Assert.Throws<OciFormatException>(() => PemText.Blocks("test", text, PemText.Certificate));
        Assert.Contains($"more than {TrustLimits.MaxCertificates} PEM blocks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_many_blocks_as_are_taken_are_read_and_one_more_is_refused()
    {
        const string Block = "words\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        var most = string.Concat(Enumerable.Repeat(Block, TrustLimits.MaxCertificates));
        Assert.Equal(TrustLimits.MaxCertificates, PemText.Blocks("test", most, PemText.Certificate).Count);
        Assert.Throws<OciFormatException>(() => PemText.Blocks("test", most + Block, PemText.Certificate));
    }
}
