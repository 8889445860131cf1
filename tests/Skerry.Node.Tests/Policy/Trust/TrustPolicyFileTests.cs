using Skerry.Node.Configuration;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Tests.Policy.Trust;

/// <summary>A trust policy is read whole, or refused with file, line and key.</summary>
public sealed class TrustPolicyFileTests : IDisposable
{
    private const string Whole = """
        images = ["registry.example/shop/*", "registry.example/base"]
        require = 2
        unverified = "warn"
        max_age = "90d"
        grace = "12h"
        tags = "pinned"

        [pins]
        "registry.example/shop/web:1" = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

        [[signer]]
        name = "release"
        type = "cosign"
        keys = ["a.pub"]
        annotations = ["env=prod"]
        repository = "same"

        [[signer]]
        name = "ops"
        type = "cosign"
        keys = ["b.pub"]

        [[signer]]
        name = "dct"
        type = "content-trust"
        mirror = "mirror"
        root_keys = ["7e6873013444cb21229da46625b6507a945d63281a55d82b05f9ec727e75f1da"]

        [[attestation]]
        type = "https://slsa.dev/provenance/v1"
        signers = ["ops"]
        builder = "https://builder.example/x"
        """;

    private readonly TrustDirectoryFixture _directory = new();

    [Fact]
    public void Everything_that_a_policy_says_is_read()
    {
        var policy = _directory.Parse(Whole);
        Assert.Equal(("p", 2, UnverifiedAction.Warn, TagRule.Pinned), (policy.Name, policy.Required, policy.Unverified, policy.Tags));
        Assert.Equal((TimeSpan.FromDays(90), TimeSpan.FromHours(12)), (policy.MaxAge, policy.Grace));
        Assert.Equal(DriftRule.Allow, policy.Drift);
        Assert.Equal(DriftRule.Deny, _directory.Parse(Whole.Replace("[pins]", "drift = \"deny\"\n[pins]", StringComparison.Ordinal)).Drift);
        Assert.EndsWith("p.toml: line 1", policy.Place, StringComparison.Ordinal);
        Assert.Equal(["release", "ops", "dct"], policy.Signers.Select(static s => s.Name));
        Assert.EndsWith("p.toml: line 12", policy.Signers[0].Place, StringComparison.Ordinal);
        Assert.True(policy.Signers[0] is CosignSigner { SameRepository: true, Policy.Annotations.Count: 1 });
        Assert.Equal(Path.Combine(_directory.Path, "mirror"), ((ContentTrustSigner)policy.Signers[2]).Location);
        Assert.Equal(("ops", "https://builder.example/x"), (Assert.Single(policy.Attestations[0].Signers).Name, policy.Attestations[0].Builder));
        Assert.Equal("registry.example/shop/web:1", Assert.Single(policy.Pins).Key);
    }

    [Theory]
    [Trait("Promise", "P-105")]
    [InlineData("images = [\"registry.example/shop/*\", \"registry.example/base\"]", "images = [\"shop/*\"]", "line 1: 'images' cannot be used: ")]
    [InlineData("images = [\"registry.example/shop/*\", \"registry.example/base\"]", "image = [\"registry.example/*\"]", "line 1: 'image' is no key of a trust policy, which takes images, require")]
    [InlineData("require = 2", "require = 4", "line 2: 'require' takes a number from 1 to 3")]
    [InlineData("require = 2", "require = \"some\"", "line 2: 'require' takes \"any\", \"all\"")]
    [InlineData("require = 2", "require = \"nothing\"", "line 2: 'require' \"nothing\" goes with no [[signer]]")]
    [InlineData("unverified = \"warn\"", "unverified = \"allow\"", "line 3: 'unverified' takes \"deny\" or \"warn\"")]
    [InlineData("max_age = \"90d\"", "max_age = 90", "line 4: 'max_age' takes a text")]
    [InlineData("max_age = \"90d\"", "max_age = \"90 days\"", "line 4: 'max_age' takes a time such as")]
    [InlineData("grace = \"12h\"", "grace = \"2147483647d\"", "line 5: 'grace' takes a time such as")]
    [InlineData("grace = \"12h\"", "drift = \"kill\"", "line 5: 'drift' takes \"allow\" or \"alert\" or \"deny\"")]
    [InlineData("grace = \"12h\"", "grace = \"-1h\"", "line 5: 'grace' takes a time such as")]
    [InlineData("shop/web:1\"", "shop/web\"", "line 9: '\"registry.example/shop/web\"' is not REGISTRY/NAME:TAG")]
    [InlineData("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "sha256:12", "line 9: ")]
    [InlineData("type = \"cosign\"\nkeys = [\"a.pub\"]", "type = \"gpg\"\nkeys = [\"a.pub\"]", "line 13: 'type' takes")]
    [InlineData("keys = [\"a.pub\"]", "keys = []", "line 14: 'keys' takes 1 to 32 files")]
    [InlineData("keys = [\"a.pub\"]", "keys = [\"absent.pub\"]", "absent.pub: ")]
    [InlineData("keys = [\"a.pub\"]", "keys = [\"p.toml\"]", "p.toml: ")]
    [InlineData("keys = [\"a.pub\"]", "keys = [\"b.pub\"]", "line 18: the signers 'release' and 'ops' have a key in common")]
    [InlineData("keys = [\"a.pub\"]", "identity = \"a@b.c\"\nissuer = \"https://i\"", "'root' is missing: an identity is vouched for by an authority")]
    [InlineData("keys = [\"a.pub\"]", "key = [\"a.pub\"]", "line 14: 'key' is no key of [[signer]]")]
    [InlineData("annotations = [\"env=prod\"]", "annotations = [\"env\"]", "line 15: 'annotations' takes KEY=VALUE")]
    [InlineData("annotations = [\"env=prod\"]", "logs = 1", "line 15: 'logs' needs a root that names logs")]
    [InlineData("name = \"ops\"", "name = \"release\"", "line 18: the signer 'release' is there twice")]
    [InlineData("mirror = \"mirror\"", "mirror = \"m\"\nserver = \"https://s\"", "'name' a signer of content trust has mirror")]
    [InlineData("mirror = \"mirror\"", "server = \"http://s.example\"", "'server' takes https://HOST")]
    [InlineData("root_keys = [\"7e6873013444cb21229da46625b6507a945d63281a55d82b05f9ec727e75f1da\"]", "", "'root_keys' is missing")]
    [InlineData("root_keys = [\"7e68", "root_keys = [\"7E68", "takes ids of 64 lower-case hex digits")]
    [InlineData("signers = [\"ops\"]", "signers = [\"dct\"]", "'signers' names 'dct', and there is no [[signer]] of cosign")]
    [InlineData("type = \"https://slsa.dev/provenance/v1\"", "type = \"*\"", "'type' takes the URI of one predicate")]
    [InlineData("[[attestation]]", "[attestation]", "'attestation' is no table of a trust policy")]
    [InlineData("[pins]", "[pin]", "'pin' is no table of a trust policy")]
    [InlineData("require = 2", "require = 2\nrequire = 1", "")]
    [InlineData("[[signer]]\nname = \"release\"", "[[signer]\nname = \"release\"", "line 11")]
    public void What_is_wrong_is_told_with_its_place(string right, string wrong, string said)
    {
        Assert.Contains(right, Whole, StringComparison.Ordinal);
        var error = Assert.Throws<ConfigurationException>(() => _directory.Parse(Whole.Replace(right, wrong, StringComparison.Ordinal)));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_without_a_signer_must_say_that_it_asks_for_nothing()
    {
        Assert.Contains("names nobody", Assert.Throws<ConfigurationException>(() => _directory.Parse("images = [\"*\"]")).Message, StringComparison.Ordinal);
        Assert.False(_directory.Parse("images = [\"*\"]\nrequire = \"nothing\"").NeedsEvidence);
        Assert.Contains("nobody could sign it", Assert.Throws<ConfigurationException>(() => _directory.Parse("require = \"nothing\"\n[[attestation]]\ntype = \"https://x\"")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Notation_is_told_in_a_few_keys_or_by_its_own_files()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=ca,O=o,ST=s,C=c", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new System.Security.Cryptography.X509Certificates.X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(70));
        _directory.Write("ca.pem", ca.ExportCertificatePem());
        Directory.CreateDirectory(Path.Combine(_directory.Path, "store/x509/ca/shop"));
        _directory.Write("store/x509/ca/shop/ca.crt", ca.ExportCertificatePem());
        _directory.Write("trustpolicy.json", """{"version":"1.0","trustPolicies":[{"name":"x","registryScopes":["*"],"signatureVerification":{"level":"strict"},"trustStores":["ca:shop"],"trustedIdentities":["*"]}]}""");
        var few = (NotationSigner)_directory.Parse("[[signer]]\nname = \"n\"\ntype = \"notation\"\nauthorities = [\"ca.pem\"]\nidentities = [\"x509.subject: C=c, ST=s, O=o\"]\nlevel = \"permissive\"").Signers[0];
        Assert.Equal("permissive", few.Trust.Policy.For("anything/x")!.Level.Name);
        var own = (NotationSigner)_directory.Parse("[[signer]]\nname = \"n\"\ntype = \"notation\"\ntrust_policy = \"trustpolicy.json\"\ntrust_store = \"store\"").Signers[0];
        Assert.Equal("ca:shop", Assert.Single(own.Trust.Stores).Key);
        Assert.Contains("'level' takes", Assert.Throws<ConfigurationException>(() => _directory.Parse("[[signer]]\nname = \"n\"\ntype = \"notation\"\nauthorities = [\"ca.pem\"]\nidentities = [\"*\"]\nlevel = \"audit\"")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();
}
