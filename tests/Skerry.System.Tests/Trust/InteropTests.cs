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
        await TrustForNotation(notation, key);
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

    [Theory]
    [MemberData(nameof(CosignPrograms))]
    public async Task What_a_token_or_a_tpm_signed_cosign_verifies(string program)
    {
        var cosign = Tool(program);
        using var token = await SoftToken.Make();
        await using var tpm = await SoftTpm.Start();
        await tpm.Keep("0x81000001", "ecc256");
        await tpm.Keep("0x81000002", "rsa2048");
        await using var node = await TestNode.StartAsync(trust: "");
        string[] root = (await Run(cosign, "sign", "--help")).Contains("use-signing-config", StringComparison.Ordinal) ? ["--trusted-root", await Made(cosign, "trusted-root", "tr.json")] : [];
        foreach (var (uri, i) in SoftToken.Kinds.Select(k => token.Uri(k)).Append(tpm.Uri("0x81000001")).Append(tpm.Uri("0x81000002")).Select(static (u, i) => (u, i)))
        {
            var image = await TrustTests.Push();
            _ = (await token.Cli(node, ["image", "sign", "--key", uri, "-a", "env=prod", "--public-key-out", At($"held{i}.pub"), image], ("SKERRY_KEY_PASSWORD", SoftTpm.Authorization))).Ok;
            Assert.Contains("\"env\":\"prod\"", await Run(cosign, ["verify", "--key", At($"held{i}.pub"), "--insecure-ignore-tlog", "--allow-http-registry", .. root, image]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_token_or_a_tpm_signed_notation_verifies()
    {
        var notation = Tool("notation");
        using var key = new TestKey();
        using var token = await SoftToken.Make();
        await using var tpm = await SoftTpm.Start();
        await tpm.Keep("0x81000001", "ecc384");
        await tpm.Keep("0x81000002", "rsa2048");
        await using var node = await TestNode.StartAsync(trust: "");
        await TrustForNotation(notation, key);
        foreach (var uri in (string[])[token.Uri("p256"), token.Uri("p384"), token.Uri("p521"), token.Uri("rsa"), tpm.Uri("0x81000001"), tpm.Uri("0x81000002")])
        {
            var image = await TrustTests.Push();
            var file = At(Guid.NewGuid().ToString("N"));
            (string, string) secret = ("SKERRY_KEY_PASSWORD", SoftTpm.Authorization);
            _ = (await token.Cli(node, ["image", "sign", "--key", uri, "--public-key-out", file, await TrustTests.Push()], secret)).Ok;
            var chain = key.ChainFor(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
            _ = (await token.Cli(node, ["image", "sign", "--format", "notation", "--key", uri, "--certificates", chain, image], secret)).Ok;
            Assert.Contains("Successfully verified signature", await Run(notation, "verify", "--insecure-registry", image), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_trust_server_says_of_a_tag_runs_and_starts_again_without_the_server()
    {
        var (notary, daemon) = (Tool("notary"), Tool("notary-server"));
        int port;
        using (var free = new global::System.Net.Sockets.TcpListener(global::System.Net.IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((global::System.Net.IPEndPoint)free.LocalEndpoint).Port;
        }

        var server = $"https://127.0.0.1:{port}";
        _ = (await Running.Shell($"""
            cd '{_home.FullName}'
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=ca -addext keyUsage=critical,keyCertSign 2>/dev/null
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.key -out s.csr -subj /CN=127.0.0.1 2>/dev/null
            printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >s.ext
            openssl x509 -req -in s.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out s.crt -days 30 -extfile s.ext 2>/dev/null
            """)).Ok;
        const string Server = """{"server":{"http_addr":"ADDRESS","tls_key_file":"./s.key","tls_cert_file":"./s.crt"},"trust_service":{"type":"local"},"storage":{"backend":"memory"},"logging":{"level":"error"}}""";
        const string Client = """{"trust_dir":"TRUST","remote_server":{"url":"URL","root_ca":"CA"}}""";
        await File.WriteAllTextAsync(At("server.json"), Server.Replace("ADDRESS", $"127.0.0.1:{port}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(At("client.json"), Client.Replace("TRUST", At("trust"), StringComparison.Ordinal).Replace("URL", server, StringComparison.Ordinal).Replace("CA", At("ca.crt"), StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var image = await TrustTests.Push();
        var gun = image[..image.LastIndexOf(':')];
        using var serving = Running.Start("/bin/sh", ["-c", $"cd '{_home.FullName}' && exec '{daemon}' -config=server.json >server.log 2>&1"]);
        try
        {
            await Running.Until(async () => (await Running.Shell($"curl -s --cacert '{At("ca.crt")}' {server}/v2/")).Code == 0, () => "the trust server does not answer");
            await using var node = await TestNode.StartAsync($"[images]\nca_files = [\"{At("ca.crt")}\"]\n", trust: "");
            await node.Trust("hub", $"images = [\"{TrustTests.Everything(image)}\"]\n[[signer]]\nname = \"hub\"\ntype = \"content-trust\"\nserver = \"{server}\"\ntrust_on_first_use = true\n");
            Assert.Equal(125, (await node.Cli("run", "--rm", image, "true")).Code);

            using (var client = new Oci.Distribution.RegistryClient(new Oci.Distribution.RegistryOptions { PlainHttp = new HashSet<string> { image[..image.IndexOf('/', StringComparison.Ordinal)] }, UseProxy = false }))
            {
                var manifest = (await client.GetManifestAsync(Oci.ImageReference.Parse(image), TestContext.Current.CancellationToken)).Descriptor;
                const string Secrets = "NOTARY_ROOT_PASSPHRASE=passphrase NOTARY_TARGETS_PASSPHRASE=passphrase NOTARY_SNAPSHOT_PASSPHRASE=passphrase NOTARY_DELEGATION_PASSPHRASE=passphrase";
                _ = (await Running.Shell($"cd '{_home.FullName}' && export HOME='{_home.FullName}' {Secrets} && '{notary}' -c client.json init {gun} && '{notary}' -c client.json addhash {gun} 1 {manifest.Size} --sha256 {manifest.Digest.Hex} && '{notary}' -c client.json publish {gun}")).Ok;
            }

            Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
            _ = (await node.Cli("run", "-d", "--name", "web", image, "sleep", "1000")).Ok;
            await Stop(serving);
            node.Kill9();
            await node.StartAgain();
            _ = (await node.Cli("stop", "-t", "0", "web")).Ok;
            _ = (await node.Cli("start", "web")).Ok;
            Assert.Contains("may run: verified", (await node.Cli("trust", "check", "--offline", image)).Ok, StringComparison.Ordinal);
        }
        finally
        {
            await Stop(serving);
        }
    }

    private async Task TrustForNotation(string notation, TestKey key)
    {
        _ = await Run(notation, "cert", "add", "--type", "ca", "--store", "tests", key.Root);
        Directory.CreateDirectory(At(".config/notation"));
        await File.WriteAllTextAsync(At(".config/notation/signingkeys.json"), $$"""{"default":"k","keys":[{"name":"k","keyPath":"{{key.Private}}","certPath":"{{key.Chain}}"}]}""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            At(".config/notation/trustpolicy.json"),
            """{"version":"1.0","trustPolicies":[{"name":"t","registryScopes":["*"],"signatureVerification":{"level":"strict"},"trustStores":["ca:tests"],"trustedIdentities":["*"]}]}""",
            TestContext.Current.CancellationToken);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private static async Task Stop(global::System.Diagnostics.Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

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
