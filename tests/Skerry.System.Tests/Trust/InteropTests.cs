using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>
/// What cosign and notation sign runs here, and what is signed here they verify. They are not installed from this release of Debian, so
/// SKERRY_SIGNING_TOOLS names a directory with cosign (2 or 3) and notation.
/// </summary>
public sealed class InteropTests : IDisposable
{
    private static readonly string[] Cosigns = ["cosign25", "cosign31", "cosign"];

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("skerry-test-tools-");

    public static TheoryData<string> CosignPrograms => [.. Cosigns];

    [Theory]
    [MemberData(nameof(CosignPrograms))]
    public async Task What_cosign_signed_runs_and_what_is_signed_here_cosign_verifies(string program)
    {
        var cosign = Tool(program);
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var (theirs, ours) = (await TrustTests.Push(), await TrustTests.Push());
        var isThree = (await Run(cosign, "sign", "--help")).Contains("use-signing-config", StringComparison.Ordinal);
        _ = await Run(cosign, "generate-key-pair", "--output-key-prefix", "k");
        string[] logless = isThree ? ["--signing-config", await Made(cosign, "signing-config", "sc.json"), "--trusted-root", await Made(cosign, "trusted-root", "tr.json")] : ["--tlog-upload=false"];
        _ = await Run(cosign, ["sign", "-y", "--key", "k.key", "--allow-http-registry", .. logless, theirs]);
        _ = (await node.Cli("trust", "add", "shop", "--image", TrustTests.Everything(theirs), "--key", At("k.pub"), "--key", key.Public)).Ok;
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", theirs, "echo", "ran")).Ok);

        // And with its own key file, which is encrypted.
        string[] root = isThree ? ["--trusted-root", At("tr.json")] : [];
        _ = (await node.Cli("image", "sign", "--key", key.Private, "-a", "env=prod", ours)).Ok;
        Assert.Contains("\"env\":\"prod\"", await Run(cosign, ["verify", "--key", key.Public, "--insecure-ignore-tlog", "--allow-http-registry", .. root, ours]), StringComparison.Ordinal);
        Assert.Contains("password is wrong", (await node.Cli("image", "sign", "--key", At("k.key"), ours)).Error, StringComparison.Ordinal);
        _ = (await node.CliWith("test\n", "image", "sign", "--password-stdin", "--key", At("k.key"), ours)).Ok;
        _ = await Run(cosign, ["verify", "--key", At("k.pub"), "--insecure-ignore-tlog", "--allow-http-registry", .. root, ours]);
    }

    [Fact]
    public async Task What_notation_signed_runs_and_what_is_signed_here_notation_verifies()
    {
        var notation = Tool("notation");
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var (theirs, ours) = (await TrustTests.Push(), await TrustTests.Push());
        _ = await Run(notation, "cert", "add", "--type", "ca", "--store", "tests", key.Root);
        Directory.CreateDirectory(At(".config/notation"));
        await File.WriteAllTextAsync(At(".config/notation/signingkeys.json"), $$"""{"default":"k","keys":[{"name":"k","keyPath":"{{key.Private}}","certPath":"{{key.Chain}}"}]}""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            At(".config/notation/trustpolicy.json"),
            """{"version":"1.0","trustPolicies":[{"name":"t","registryScopes":["*"],"signatureVerification":{"level":"strict"},"trustStores":["ca:tests"],"trustedIdentities":["*"]}]}""",
            TestContext.Current.CancellationToken);
        _ = (await node.Cli("trust", "add", "ops", "--image", TrustTests.Everything(theirs), "--notation", key.Root)).Ok;
        foreach (var format in (string[])["jws", "cose"])
        {
            var image = format == "jws" ? theirs : await TrustTests.Push();
            Assert.Equal(125, (await node.Cli("run", "--rm", image, "true")).Code);
            _ = await Run(notation, "sign", "--insecure-registry", "--signature-format", format, image);
            Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
        }

        _ = (await node.Cli("image", "sign", "--format", "notation", "--key", key.Private, "--certificates", key.Chain, "--expires", "720h", "-a", "env=prod", ours)).Ok;
        Assert.Contains("Successfully verified signature", await Run(notation, "verify", "--insecure-registry", "-m", "env=prod", ours), StringComparison.Ordinal);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private static string Tool(string name)
    {
        var directory = Environment.GetEnvironmentVariable("SKERRY_SIGNING_TOOLS");
        Assert.SkipUnless(directory is { Length: > 0 }, "SKERRY_SIGNING_TOOLS does not name a directory with cosign and notation");
        var path = Path.Combine(directory!, name);
        Assert.SkipUnless(File.Exists(path), $"there is no {path}");
        Programs.SkipUnlessANodeCanRun();
        return path;
    }

    private string At(string name) => Path.Combine(_home.FullName, name);

    /// <summary>An empty document of cosign 3: no log, no authority.</summary>
    private async Task<string> Made(string cosign, string what, string name)
    {
        _ = await Run(cosign, what, "create", "--out", name);
        return At(name);
    }

    private async Task<string> Run(string program, params string[] arguments)
    {
        var quoted = string.Join(' ', arguments.Select(static a => $"'{a}'"));
        return (await Running.Shell($"cd '{_home.FullName}' && HOME='{_home.FullName}' XDG_CONFIG_HOME='{At(".config")}' COSIGN_PASSWORD=test '{program}' {quoted} 2>&1")).Ok;
    }
}
