using Skerry.Contracts.Node.V1;
using Skerry.Oci.Layers;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>Who must have signed what runs: a real registry, the real programs, keys of the test's own.</summary>
public sealed class TrustTests
{
    private static int _count;

    [Fact]
    [Trait("Promise", "P-100")]
    public async Task A_new_node_runs_nothing_that_nobody_vouches_for_and_says_what_to_do()
    {
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await Push();
        foreach (var words in (string[][])[["image", "pull", image], ["run", "--rm", image, "true"]])
        {
            var refused = await node.Cli(words);
            Assert.NotEqual(0, refused.Code);
            Assert.Contains($"image {image}", refused.Error, StringComparison.Ordinal);
            Assert.Contains("no trust policy is for", refused.Error, StringComparison.Ordinal);
            Assert.Contains("skerry trust add", refused.Error, StringComparison.Ordinal);
        }

        // Nothing of it was fetched.
        Assert.Empty((await node.Images.ListAsync(new ListImagesRequest())).Images);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(node.Root, "layers")));

        _ = (await node.Cli("trust", "add", "open", "--image", image[..image.LastIndexOf(':')], "--unsigned")).Ok;
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
        Assert.Contains("may run: NOT verified", (await node.Cli("trust", "check", image)).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-101")]
    public async Task An_image_runs_when_the_right_key_signed_it_and_not_before()
    {
        using var key = new TestKey();
        using var other = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await Push();
        _ = (await node.Cli("trust", "add", "shop", "--image", Everything(image), "--key", key.Public)).Ok;

        var unsigned = await node.Cli("run", "--rm", image, "true");
        Assert.Equal(125, unsigned.Code);
        Assert.Contains("refused by the trust policy 'shop'", unsigned.Error, StringComparison.Ordinal);
        Assert.Contains("shop.toml: line 1", unsigned.Error, StringComparison.Ordinal);
        Assert.Contains("must be signed by key (cosign, EcdsaP256 key", unsigned.Error, StringComparison.Ordinal);
        Assert.Contains("no signature was found", unsigned.Error, StringComparison.Ordinal);

        _ = (await node.Cli("image", "sign", "--key", other.Private, image)).Ok;
        Assert.Contains("by none of the 1 key(s) of the policy", (await node.Cli("run", "--rm", image, "true")).Error, StringComparison.Ordinal);

        _ = (await node.Cli("image", "sign", "--key", key.Private, image)).Ok;
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
        var check = (await node.Cli("trust", "check", image)).Ok;
        Assert.Contains("may run: verified", check, StringComparison.Ordinal);
        Assert.Contains("yes   signature: by EcdsaP256 key", check, StringComparison.Ordinal);
        var verdict = Assert.Single((await node.Images.InspectAsync(new InspectImageRequest { Image = image })).Image.Verdicts);
        Assert.Equal(("shop", image), (verdict.Policy, verdict.Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signatures_are_found_under_the_tag_and_as_referrers_by_the_fallback_tag(bool referrer)
    {
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await Push();
        _ = (await node.Cli("trust", "add", "shop", "--image", Everything(image), "--key", key.Public)).Ok;
        string[] words = ["image", "sign", "--key", key.Private, image];
        Assert.Contains(referrer ? "referrer sha256:" : "tag sha256-", (await node.Cli(referrer ? [.. words, "--referrer"] : words)).Ok, StringComparison.Ordinal);
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
    }

    [Fact]
    [Trait("Promise", "P-102")]
    public async Task What_was_verified_starts_again_without_the_registry_and_not_after_the_policy_changed()
    {
        using var key = new TestKey();
        using var other = new TestKey();
        Programs.SkipUnlessANodeCanRun();
        var registry = await SlowRegistry.StartAsync();
        await using var node = await TestNode.StartAsync(plainHttp: registry.Host, trust: "");
        var pushed = await Push();
        var image = registry.Host + pushed[pushed.IndexOf('/', StringComparison.Ordinal)..];
        _ = (await node.Cli("trust", "add", "shop", "--image", registry.Host + "/*", "--key", key.Public)).Ok;
        _ = (await node.Cli("image", "sign", "--key", key.Private, "--referrer", pushed)).Ok;
        _ = (await node.Cli("run", "-d", "--name", "web", "--restart", "always", image, "sleep", "1000")).Ok;
        await registry.DisposeAsync();

        // Offline, by what is kept; also after the daemon was killed.
        node.Kill9();
        await node.StartAgain();
        _ = (await node.Cli("stop", "-t", "0", "web")).Ok;
        _ = (await node.Cli("start", "web")).Ok;
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", "--pull", "never", image, "echo", "ran")).Ok);

        // The policy wants another key now: what runs goes on, and nothing new starts.
        _ = (await node.Cli("trust", "add", "shop", "--replace", "--image", registry.Host + "/*", "--key", other.Public)).Ok;
        _ = (await node.Cli("exec", "web", "true")).Ok;
        Assert.Equal(125, (await node.Cli("run", "--rm", "--pull", "never", image, "true")).Code);
        Assert.Equal(ContainerState.Running, (await node.Inspect("web")).State);
        _ = (await node.Cli("stop", "-t", "0", "web")).Ok;
        var refused = await node.Cli("start", "web");
        Assert.NotEqual(0, refused.Code);
        Assert.Contains("refused by the trust policy 'shop'", refused.Error, StringComparison.Ordinal);
        Assert.Contains("refused by the trust policy 'shop'", (await node.Inspect("web")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-103")]
    public async Task An_override_needs_a_reason_and_is_written_down()
    {
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await Push();
        Assert.Equal(2, (await node.Cli("run", "--rm", "--trust", "none", image, "true")).Code);
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", "--trust", "none", "--trust-reason", "the lab of Tuesday", image, "echo", "ran")).Ok);
        var events = await Events(node);
        Assert.Contains("trust.override", events, StringComparison.Ordinal);
        Assert.Contains("the lab of Tuesday", events, StringComparison.Ordinal);

        // Nor does naming a policy that asks for nothing get round it.
        _ = (await node.Cli("trust", "add", "open", "--unsigned")).Ok;
        Assert.Contains("asks for nothing", (await node.Cli("run", "--rm", "--trust", "open", image, "true")).Error, StringComparison.Ordinal);
        Assert.Contains("there is no trust policy 'nowhere'", (await node.Cli("run", "--rm", "--trust", "nowhere", image, "true")).Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-105")]
    public async Task A_policy_that_is_wrong_denies_and_names_file_line_and_key()
    {
        await using var node = await TestNode.StartAsync();
        var image = await Push();
        _ = (await node.Cli("run", "-d", "--name", "before", image, "sleep", "1000")).Ok;
        await node.Trust("broken", "images = [\"registry.example/*\"]\nrequire = \"perhaps\"\n");
        var refused = await node.Cli("run", "--rm", image, "true");
        Assert.Equal(125, refused.Code);
        Assert.Contains("broken.toml: line 2: 'require'", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await node.Cli("trust", "ls")).Code);
        _ = (await node.Cli("exec", "before", "true")).Ok;
        await node.Trust("broken", "");
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
    }

    [Fact]
    public async Task Notation_signs_and_a_certificate_that_expires_ends_new_starts_after_the_grace()
    {
        using var key = new TestKey();
        using var expired = new TestKey(TimeProvider.System.GetUtcNow().AddDays(-30), TimeSpan.FromDays(20));
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await Push();
        _ = (await node.Cli("trust", "add", "ops", "--image", Everything(image), "--notation", key.Root, "--subject", "C=SE, ST=here, O=Skerry tests")).Ok;
        Assert.Contains("expired", (await node.Cli("image", "sign", "--format", "notation", "--key", expired.Private, "--certificates", expired.Chain, image)).Error, StringComparison.Ordinal);
        _ = (await node.Cli("image", "sign", "--format", "notation", "--key", key.Private, "--certificates", key.Chain, image)).Ok;
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
        Assert.Contains("good until", (await node.Cli("image", "verify", image)).Ok, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signatures_travel_with_an_export()
    {
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var image = await Push();
        _ = (await node.Cli("trust", "add", "shop", "--image", Everything(image), "--key", key.Public)).Ok;
        _ = (await node.Cli("image", "sign", "--key", key.Private, image)).Ok;
        _ = (await node.Cli("image", "pull", image)).Ok;
        var archive = Path.Combine(node.Home, "x.tar");
        _ = (await node.Cli("image", "export", "-f", archive, image)).Ok;
        await using var far = await TestNode.StartAsync(trust: "");
        _ = (await far.Cli("trust", "add", "shop", "--image", Everything(image), "--key", key.Public)).Ok;
        _ = (await far.Cli("image", "import", archive)).Ok;
        Assert.Contains("may run: verified", (await far.Cli("trust", "check", "--offline", image)).Ok, StringComparison.Ordinal);
        Assert.Equal("ran\n", (await far.Cli("run", "--rm", "--pull", "never", image, "echo", "ran")).Ok);
    }

    [Fact]
    public async Task An_image_that_is_signed_on_its_node_alone_runs_there()
    {
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        await node.Trust("tests", "");
        _ = (await node.Cli("trust", "add", "own", "--image", Everything(image), "--key", key.Public)).Ok;
        Assert.Contains("this node", (await node.Cli("image", "sign", "--local", "--key", key.Private, image)).Ok, StringComparison.Ordinal);
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
    }

    /// <summary>An image that no other test has signed.</summary>
    internal static async Task<string> Push()
    {
        Programs.SkipUnlessANodeCanRun();
        var number = Interlocked.Increment(ref _count);
        using var builder = TestImages.Small();
        builder.AddLayer(layer => layer.Write(new NewEntry("etc/number", LayerEntryType.File), global::System.Text.Encoding.UTF8.GetBytes($"{Guid.NewGuid()}\n")));
        return await TestRegistry.Push(builder.Build(), $"trust/image{number}:1");
    }

    internal static string Everything(string image) => image[..image.IndexOf('/', StringComparison.Ordinal)] + "/*";

    private static async Task<string> Events(TestNode node)
    {
        using var call = node.Pods.Events(new EventsRequest());
        var text = new global::System.Text.StringBuilder();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            text.AppendLine(call.ResponseStream.Current.ToString());
        }

        return text.ToString();
    }
}
