using Skerry.Oci.Trust.ContentTrust;

namespace Skerry.Oci.Tests.Trust.ContentTrust;

/// <summary>What notary 0.7.0 signed and notary-server served is verified: keys of ECDSA, RSA and Ed25519, bare and in certificates.</summary>
public sealed class ContentTrustArtefactTests
{
    private const string GunName = "127.0.0.1:5500/test/bb";
    private const string RootKey = "7e6873013444cb21229da46625b6507a945d63281a55d82b05f9ec727e75f1da";

    private static readonly ContentTrustPolicy Pinned = new() { RootKeys = [RootKey] };

    [Fact]
    public void A_tag_that_targets_names_is_trusted()
    {
        var result = Verify("notary-dct-delegations", "v1", Pinned);
        Artefacts.Trusted(result.Verdict);
        Assert.StartsWith("targets of", result.Verdict.Signer!.Subject, StringComparison.Ordinal);
        Assert.Equal(new DateTimeOffset(2026, 12, 6, 18, 54, 13, TimeSpan.Zero), result.Verdict.GoodUntil!.Value, TimeSpan.FromSeconds(1));
        Assert.Equal(5, result.State!.Versions["timestamp"]);
    }

    [Fact]
    public void A_tag_that_a_delegated_role_names_is_trusted() =>
        Assert.StartsWith("targets/releases of", Verify("notary-dct-delegations", "v2", Pinned).Verdict.Signer!.Subject, StringComparison.Ordinal);

    [Fact]
    public void A_mirror_directory_serves_as_well()
    {
        var source = new MirrorDirectory(Artefacts.PathOf("notary-dct-delegations"));
        Artefacts.Trusted(ContentTrustVerifier.Verify(GunName, "v2", Artefacts.Manifest, source, Pinned, null, Artefacts.Later).Verdict);
        Assert.Throws<OciFormatException>(() => source.Read("../notary-dct-v1/root", 100));
        Assert.Throws<OciFormatException>(() => source.Read("/etc/passwd", 100));
        Assert.Equal(101, source.Read("root", 100)!.Value.Length);
        Assert.Null(source.Read("absent", 100));
    }

    [Fact]
    public void A_rotated_root_is_reached_from_the_one_before()
    {
        var first = Verify("notary-dct-v1", "v1", new ContentTrustPolicy { TrustOnFirstUse = true }, now: Artefacts.Later);
        Artefacts.Trusted(first.Verdict);
        var second = Verify("notary-dct-delegations", "v1", new ContentTrustPolicy(), first.State, Artefacts.Later);
        Artefacts.Trusted(second.Verdict);
        Artefacts.Refused(Verify("notary-dct-v1", "v1", new ContentTrustPolicy(), second.State).Verdict, "root", "rolls it back");
    }

    [Fact]
    public void Nothing_is_trusted_on_first_use_unless_the_policy_says_so() => Artefacts.Refused(Verify("notary-dct-delegations", "v1", new ContentTrustPolicy()).Verdict, "root", "no root key is pinned");

    [Fact]
    public void Another_pin_or_another_image_name_is_refused()
    {
        Artefacts.Refused(Verify("notary-dct-delegations", "v1", new ContentTrustPolicy { RootKeys = [new string('0', 64)] }).Verdict, "root", "pinned");
        var other = ContentTrustVerifier.Verify("127.0.0.1:5500/test/other", "v1", Artefacts.Manifest, MemorySource.Of("notary-dct-delegations"), Pinned, null, Artefacts.Later);
        Artefacts.Refused(other.Verdict, "root", "0 root keys are for");
    }

    [Fact]
    public void After_two_weeks_the_timestamp_has_expired() =>
        Artefacts.Refused(Verify("notary-dct-delegations", "v1", Pinned, now: new DateTimeOffset(2026, 12, 7, 0, 0, 0, TimeSpan.Zero)).Verdict, "timestamp", "expired");

    [Fact]
    public void A_tag_that_was_not_signed_or_is_another_image_is_refused()
    {
        Artefacts.Refused(Verify("notary-dct-delegations", "v3", Pinned).Verdict, "image", "names v3");
        var other = new Descriptor(MediaTypes.OciManifest, Artefacts.OtherImage.Digest, Artefacts.OtherImage.Content.Length);
        Artefacts.Refused(ContentTrustVerifier.Verify(GunName, "v1", other, MemorySource.Of("notary-dct-delegations"), Pinned, null, Artefacts.Later).Verdict, "image", "not as " + other.Digest);
        Artefacts.Refused(ContentTrustVerifier.Verify(GunName, "v1", Artefacts.Manifest with { Size = 350 }, MemorySource.Of("notary-dct-delegations"), Pinned, null, Artefacts.Later).Verdict, "image");
    }

    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    [InlineData("targets/releases")]
    public void Flipped_bits_of_every_file_are_seen(string name)
    {
        var source = MemorySource.Of("notary-dct-delegations");
        Flips.NoneIsTrusted(source.Files[name], b => ContentTrustVerifier.Verify(GunName, "v2", Artefacts.Manifest, source.With(name, b), Pinned, null, Artefacts.Later).Verdict);
    }

    [Fact]
    public void Images_are_named_as_docker_names_them()
    {
        Assert.Equal("docker.io/library/busybox", Gun.Of(ImageReference.Parse("busybox:1.36")));
        Assert.Equal("docker.io/some/one", Gun.Of(ImageReference.Parse("some/one")));
        Assert.Equal(GunName, Gun.Of(ImageReference.Parse(GunName + ":v1")));
    }

    private static ContentTrustResult Verify(string folder, string tag, ContentTrustPolicy policy, ContentTrustState? state = null, DateTimeOffset? now = null) =>
        ContentTrustVerifier.Verify(GunName, tag, Artefacts.Manifest, MemorySource.Of(folder), policy, state, now ?? Artefacts.Later);
}
