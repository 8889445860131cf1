using System.Text;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

/// <summary>
/// The public suite sigstore-conformance, when it is on this machine: SKERRY_SIGSTORE_CONFORMANCE names its directory
/// test/assets/bundle-verify, with the public trusted_root.json put into it.
/// </summary>
public sealed class ConformanceSuiteTests
{
    private const string Variable = "SKERRY_SIGSTORE_CONFORMANCE";
    private const string Issuer = "https://token.actions.githubusercontent.com";
    private const string Identity = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";

    private static readonly string? Suite = Environment.GetEnvironmentVariable(Variable);

    [Fact]
    public void Every_bundle_of_the_suite_is_judged_as_the_suite_says()
    {
        Assert.SkipUnless(Directory.Exists(Suite), $"{Variable} does not name the suite");
        var wrong = new List<string>();
        var count = 0;
        foreach (var directory in Directory.EnumerateDirectories(Suite!).Order(StringComparer.Ordinal))
        {
            var bundle = Path.Combine(directory, "bundle.sigstore.json");
            if (!File.Exists(bundle))
            {
                continue;
            }

            count++;
            var (trusted, words) = Judge(directory, File.ReadAllBytes(bundle));
            if (trusted == directory.EndsWith("_fail", StringComparison.Ordinal))
            {
                wrong.Add($"{Path.GetFileName(directory)}: {words}");
            }
        }

        Assert.True(count >= 50, $"{count} bundles");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} bundles");
    }

    private static (bool Trusted, string Words) Judge(string directory, byte[] bundle)
    {
        try
        {
            var own = Path.Combine(directory, "trusted_root.json");
            var root = TrustedRoot.Parse(File.ReadAllBytes(File.Exists(own) ? own : Path.Combine(Suite!, "trusted_root.json")));
            var artifact = Path.Combine(directory, "artifact");
            var content = File.ReadAllBytes(File.Exists(artifact) ? artifact : Path.Combine(Suite!, "a.txt"));
            var policy = new SigstorePolicy { Root = root, LogEntries = 1, PredicateType = SigstorePolicy.AnyPredicate };
            var key = Path.Combine(directory, "key.pub");
            policy = File.Exists(key) || directory.Contains("managed-key-no-key", StringComparison.Ordinal)
                ? policy with { Keys = File.Exists(key) ? [PublicKey.FromPem(File.ReadAllText(key))] : [] }
                : policy with { Identities = [new CertificateIdentity(NamePattern.Exact(Text(directory, "issuer") ?? Issuer), NamePattern.Exact(Text(directory, "identity") ?? Identity))] };
            var verdict = SigstoreVerifier.VerifyBundle(bundle, SignedArtifact.Of(content), policy, DateTimeOffset.MaxValue);
            return (verdict.IsTrusted, verdict.ToString());
        }
        catch (OciFormatException e)
        {
            return (false, e.Message);
        }
    }

    private static string? Text(string directory, string name) =>
        Path.Combine(directory, name) is var path && File.Exists(path) ? File.ReadAllText(path, Encoding.UTF8).Trim() : null;
}
