using System.Text;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Notation;

namespace Skerry.Oci.Tests.Trust.Notation;

/// <summary>What notation 1.3.2 made is verified by the trust policy it was verified by there.</summary>
public sealed class NotationArtefactTests
{
    /// <summary>The certificates of these are valid for one day.</summary>
    private static readonly DateTimeOffset SameDay = new(2026, 11, 22, 20, 0, 0, TimeSpan.Zero);

    private static readonly NotationTarget Target = new(Artefacts.Manifest, "127.0.0.1:5500/test/bb");

    public static TheoryData<string> Envelopes => ["notation-jws", "notation-cose"];

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void A_signature_is_trusted_by_the_policy_of_its_maker(string folder)
    {
        var verdict = Verify(folder, Trust(folder), SameDay);
        Artefacts.Trusted(verdict);
        Assert.Equal("CN=wabbit-networks.io,O=Notary,L=Seattle,ST=WA,C=US", verdict.Signer!.Subject);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 18, 45, 0, TimeSpan.Zero), verdict.GoodUntil!.Value, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void Metadata_that_was_signed_is_told_and_can_be_asked_for()
    {
        var verdict = Verify("notation-jws", Trust("notation-jws"), SameDay, Target with { Metadata = new Dictionary<string, string> { ["env"] = "prod" } });
        Artefacts.Trusted(verdict);
        Assert.Equal("prod", verdict.Annotations["env"]);
        Artefacts.Refused(Verify("notation-jws", Trust("notation-jws"), SameDay, Target with { Metadata = new Dictionary<string, string> { ["env"] = "test" } }), "image", "must be 'test'");
    }

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void A_day_later_the_certificate_has_expired(string folder) => Artefacts.Refused(Verify(folder, Trust(folder), SameDay.AddDays(1)), "authentic timestamp", "expired");

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void A_signature_moved_to_another_image_is_refused(string folder) =>
        Artefacts.Refused(Verify(folder, Trust(folder), SameDay, new NotationTarget(new Descriptor(MediaTypes.OciManifest, Artefacts.OtherImage.Digest, Artefacts.OtherImage.Content.Length), "127.0.0.1:5500/test/bb")), "image", "not about");

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void Another_trust_store_is_refused(string folder)
    {
        using var other = Certificates.TestAuthority.Root();
        var trust = Trust(folder) with { Stores = [new TrustStore(TrustStoreKind.Authority, "wabbit-networks.io", [other.Certificate])] };
        Artefacts.Refused(Verify(folder, trust, SameDay), "authenticity", "no certificate of the chain");
    }

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void Flipped_bits_are_seen(string folder)
    {
        var (layer, blob) = Artefacts.Layers(folder + "/artifact")[0];
        Flips.NoneIsTrusted(blob, b => NotationVerifier.Verify(b, layer.MediaType, Target, Trust(folder), SameDay), b => OnlyTheAgentDiffers(blob, b));
    }

    [Fact]
    public void An_envelope_of_one_kind_is_not_read_as_the_other()
    {
        var jws = Artefacts.Layers("notation-jws/artifact")[0].Blob;
        Artefacts.Refused(NotationVerifier.Verify(jws, "application/cose", Target, Trust("notation-jws"), SameDay), "envelope");
        Artefacts.Refused(NotationVerifier.Verify(jws, "application/json", Target, Trust("notation-jws"), SameDay), "envelope", "no envelope of Notation");
    }

    internal static NotationTrust Trust(string folder) => new(
        NotationTrustPolicy.Parse(Artefacts.Bytes(folder + "/tp.json")),
        [new TrustStore(TrustStoreKind.Authority, "wabbit-networks.io", Certificate.FromPem(Artefacts.Text(folder + "/wabbit-networks.io.crt")))]);

    private static Verdict Verify(string folder, NotationTrust trust, DateTimeOffset now, NotationTarget? target = null)
    {
        var (layer, blob) = Artefacts.Layers(folder + "/artifact")[0];
        return NotationVerifier.Verify(blob, layer.MediaType, target ?? Target, trust, now);
    }

    // the name of the tool that signed is not itself signed
    private static bool OnlyTheAgentDiffers(byte[] original, byte[] flipped)
    {
        var at = original.AsSpan().IndexOf(Encoding.ASCII.GetBytes("io.cncf.notary.signingAgent"));
        var differs = Enumerable.Range(0, flipped.Length).Single(i => flipped[i] != original[i]);
        return differs >= at && differs < at + 60;
    }
}
