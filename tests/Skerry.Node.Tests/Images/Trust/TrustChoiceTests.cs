using Skerry.Node.Images.Trust;
using Skerry.Node.Policy.Trust;
using Skerry.Node.Tests.Policy.Trust;
using Skerry.Oci;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Tests.Images.Trust;

/// <summary>Which policy judges an image, and what somebody can put in its place.</summary>
public sealed class TrustChoiceTests : IDisposable
{
    private const string Signer = "\n[[signer]]\nname = \"a\"\ntype = \"cosign\"\nkeys = [\"a.pub\"]";
    private const string Name = "registry.example/shop";

    private readonly TrustDirectoryFixture _directory = new();

    public TrustChoiceTests()
    {
        _directory.Write("shop.toml", $"images = [\"{Name}\"]{Signer}");
        _directory.Write("soft.toml", $"images = [\"registry.example/soft\"]\nunverified = \"warn\"{Signer}");
        _directory.Write("open.toml", "images = [\"registry.example/open\"]\nrequire = \"nothing\"");
    }

    private TrustReading Policies => _directory.Policies.Current();

    [Theory]
    [InlineData("soft")]
    [InlineData("open")]
    [InlineData("shop")]
    public void A_policy_that_is_named_lets_no_image_run_that_it_does_not_verify_unless_somebody_says_why(string policy) =>
        Assert.False(Judge(Name, new TrustAsk(Name, policy, string.Empty)).IsAllowed);

    [Fact]
    public void What_is_named_with_a_reason_sets_the_image_s_own_policy_aside_and_is_told()
    {
        var decision = Judge(Name, new TrustAsk(Name, "soft", "the key is on its way"));
        Assert.True(decision.IsAllowed);
        Assert.Equal("the key is on its way", decision.OverriddenBecause);
    }

    [Fact]
    public void A_policy_that_warns_lets_its_own_images_run_also_when_it_is_named()
    {
        Assert.True(Judge("registry.example/soft", new TrustAsk("registry.example/soft", string.Empty, string.Empty)).IsAllowed);
        Assert.True(Judge("registry.example/soft", new TrustAsk("registry.example/soft", "soft", string.Empty)).IsAllowed);
    }

    [Fact]
    public void Where_the_policies_cannot_be_read_programs_that_are_not_of_the_image_are_refused()
    {
        _directory.Write("shop.toml", "half a pol");
        var decision = Judge(Name, new TrustAsk(Name, string.Empty, string.Empty));
        Assert.False(decision.IsAllowed);
        Assert.Equal(DriftRule.Deny, decision.Drift);
    }

    public void Dispose() => _directory.Dispose();

    private TrustDecision Judge(string name, TrustAsk ask)
    {
        var reference = ImageReference.Parse(name + ":1");
        var subject = new TrustSubject(reference, [new Descriptor("application/vnd.oci.image.manifest.v1+json", Digest.OfSha256("x"u8), 1)]);
        var choice = TrustChoice.Of(Policies, reference.Name, ask);
        return choice.Settled is { } settled ? settled(subject) : TrustEvaluator.Judge(choice.Policy, subject, TrustEvidence.None, DateTimeOffset.UnixEpoch);
    }
}
