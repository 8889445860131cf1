using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Tests.Trust.Certificates;

public sealed class CertificatePathTests
{
    private static readonly DateTimeOffset Now = TestAuthority.Now;

    [Fact]
    public void A_path_over_an_intermediate_is_found()
    {
        using var root = TestAuthority.Root();
        using var middle = root.Issue("CN=middle").Authority().Signed();
        using var leaf = middle.Issue("CN=leaf").Leaf().Signed();
        Assert.Equal(["CN=leaf", "CN=middle", "CN=root"], Find(leaf, [middle], root).Select(static c => c.SubjectText));
    }

    [Theory]
    [InlineData(new byte[] { 0x30, 0x03, 0x01, 0x01, 0xff })] // BOOLEAN, whose number is that of rfc822Name
    [InlineData(new byte[] { 0x30, 0x03, 0x06, 0x01, 0x2a })] // OBJECT IDENTIFIER, that of uniformResourceIdentifier
    [InlineData(new byte[] { 0x30, 0x03, 0x41, 0x01, 0x61 })] // [APPLICATION 1]
    [InlineData(new byte[] { 0x30, 0x03, 0x0c, 0x01, 0x61 })] // UTF8String
    public void An_alternative_name_with_a_tag_of_another_class_is_refused(byte[] names)
    {
        using var root = TestAuthority.Root();
        using var leaf = root.Issue("CN=leaf").Leaf().With(new X509Extension("2.5.29.17", names, critical: false)).Signed();
        Assert.Contains("none of a GeneralName", Assert.Throws<OciFormatException>(() => AlternativeNames.Of(leaf.Certificate)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_intermediate_that_is_no_authority_is_refused()
    {
        using var root = TestAuthority.Root();
        using var middle = root.Issue("CN=middle").Leaf().Signed();
        using var leaf = middle.Issue("CN=leaf").Leaf().Signed();
        Refused("CA:TRUE", leaf, [middle], root);
        using var said = root.Issue("CN=middle").Authority(ca: false).Signed();
        using var below = said.Issue("CN=leaf").Leaf().Signed();
        Refused("CA:TRUE", below, [said], root);
    }

    [Fact]
    public void An_intermediate_that_expired_is_refused()
    {
        using var root = TestAuthority.Root();
        using var middle = root.Issue("CN=middle").Authority().Valid(TestAuthority.Start, Now.AddDays(-1)).Signed();
        using var leaf = middle.Issue("CN=leaf").Leaf().Signed();
        Refused("expired", leaf, [middle], root);
        Assert.Equal(3, CertificatePath.Find(leaf.Certificate, [middle.Certificate], [root.Certificate], CertificatePurpose.CodeSigning, Now.AddDays(-2)).Count);
    }

    [Fact]
    public void A_root_that_expired_is_refused()
    {
        using var root = TestAuthority.Root(end: Now.AddDays(-1));
        using var leaf = root.Issue("CN=leaf").Leaf().Signed();
        Refused("expired", leaf, [], root);
    }

    [Fact]
    public void An_intermediate_whose_key_is_not_for_certificates_is_refused()
    {
        using var root = TestAuthority.Root();
        using var middle = root.Issue("CN=middle").Authority(uses: X509KeyUsageFlags.DigitalSignature).Signed();
        using var leaf = middle.Issue("CN=leaf").Leaf().Signed();
        Refused("not for signing certificates", leaf, [middle], root);
    }

    [Fact]
    public void An_intermediate_for_other_uses_is_refused()
    {
        using var root = TestAuthority.Root();
        using var middle = root.Issue("CN=middle").Authority().With(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false)).Signed();
        using var leaf = middle.Issue("CN=leaf").Leaf().Signed();
        Refused("no authority for signing code", leaf, [middle], root);
    }

    [Fact]
    public void A_path_longer_than_its_root_allows_is_refused()
    {
        using var root = new TestAuthority.Maker("CN=root").Authority(pathLength: 0).SelfSigned();
        using var middle = root.Issue("CN=middle").Authority().Signed();
        using var leaf = middle.Issue("CN=leaf").Leaf().Signed();
        Refused("allows 0", leaf, [middle], root);
    }

    [Fact]
    public void A_certificate_signed_by_another_key_in_the_name_of_the_root_is_refused()
    {
        using var root = TestAuthority.Root();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = root.Issue("CN=leaf").Leaf().Signed(other);
        Refused("not signed by its key", leaf, [], root);
    }

    [Fact]
    public void A_second_root_of_the_same_name_does_not_stand_in_the_way()
    {
        using var old = TestAuthority.Root();
        using var root = TestAuthority.Root();
        using var leaf = root.Issue("CN=leaf").Leaf().Signed();
        Assert.Equal(2, CertificatePath.Find(leaf.Certificate, [], [old.Certificate, root.Certificate], CertificatePurpose.CodeSigning, Now).Count);
    }

    [Fact]
    public void A_certificate_of_nobody_who_is_trusted_is_refused()
    {
        using var root = TestAuthority.Root();
        using var stranger = TestAuthority.Root("CN=stranger");
        using var leaf = stranger.Issue("CN=leaf").Leaf().Signed();
        Refused("nobody who is trusted", leaf, [stranger], root);
    }

    [Fact]
    public void A_leaf_for_another_use_or_for_none_is_refused()
    {
        using var root = TestAuthority.Root();
        using var web = root.Issue("CN=web").Leaf("1.3.6.1.5.5.7.3.1").Signed();
        using var none = root.Issue("CN=none").Leaf(null).Signed();
        using var cipher = root.Issue("CN=cipher").Leaf(uses: X509KeyUsageFlags.KeyEncipherment).Signed();
        Refused("not for signing code", web, [], root);
        Refused("not for signing code", none, [], root);
        Refused("not for signatures", cipher, [], root);
    }

    [Fact]
    public void A_critical_extension_that_nobody_understands_is_refused()
    {
        using var root = TestAuthority.Root();
        using var leaf = root.Issue("CN=leaf").Leaf().With(new X509Extension("1.2.3.4", [5, 0], critical: true)).Signed();
        Refused("1.2.3.4", leaf, [], root);
    }

    [Fact]
    public void A_pool_of_authorities_that_sign_each_other_ends()
    {
        using var root = TestAuthority.Root();
        using var stranger = TestAuthority.Root("CN=loop");
        var pool = Enumerable.Range(0, 16).Select(_ => stranger.Issue("CN=loop").Authority().Signed(stranger.Key)).ToList();
        using var leaf = stranger.Issue("CN=leaf").Leaf().Signed();
        Refused("CN=loop", leaf, pool, root);
        pool.ForEach(static p => p.Dispose());
    }

    [Fact]
    public void Flipped_certificates_are_refused_or_lead_nowhere()
    {
        using var root = TestAuthority.Root();
        using var leaf = root.Issue("CN=leaf").Leaf().Signed();
        foreach (var flipped in Flips.Of(leaf.Certificate.Raw.ToArray(), 10_000))
        {
            var refused = Assert.ThrowsAny<Exception>(() => CertificatePath.Find(Certificate.FromDer(flipped), [], [root.Certificate], CertificatePurpose.CodeSigning, Now));
            Assert.True(Inquiry.IsRefusal(refused), refused.ToString());
        }
    }

    private static IReadOnlyList<Certificate> Find(TestAuthority leaf, IEnumerable<TestAuthority> pool, TestAuthority root) =>
        CertificatePath.Find(leaf.Certificate, [.. pool.Select(static p => p.Certificate)], [root.Certificate], CertificatePurpose.CodeSigning, Now);

    private static void Refused(string why, TestAuthority leaf, IEnumerable<TestAuthority> pool, TestAuthority root) =>
        Assert.Contains(why, Assert.Throws<TrustException>(() => Find(leaf, pool, root)).Message, StringComparison.Ordinal);
}
