using Skerry.Contracts.Node.V1;
using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>Somebody who owns the registry, or the node's disk, wants what was not signed to run.</summary>
public sealed class TrustAttackTests
{
    [Fact]
    public async Task A_tag_that_is_moved_to_an_unsigned_image_does_not_start_and_what_ran_before_goes_on()
    {
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var good = await TrustTests.Push();
        var evil = await TrustTests.Push();
        _ = (await node.Cli("trust", "add", "shop", "--image", TrustTests.Everything(good), "--key", key.Public)).Ok;
        _ = (await node.Cli("image", "sign", "--key", key.Private, good)).Ok;
        _ = (await node.Cli("run", "-d", "--name", "web", good, "sleep", "1000")).Ok;
        var before = (await node.Inspect("web")).ImageDigest;

        await Move(good, evil);
        Assert.Contains("no signature was found", (await node.Cli("image", "pull", good)).Error, StringComparison.Ordinal);
        Assert.Equal(125, (await node.Cli("run", "--rm", "--pull", "always", good, "true")).Code);

        // What is here under the name is what was verified.
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", good, "echo", "ran")).Ok);
        _ = (await node.Cli("stop", "-t", "0", "web")).Ok;
        _ = (await node.Cli("start", "web")).Ok;
        Assert.Equal(before, (await node.Inspect("web")).ImageDigest);
    }

    [Fact]
    public async Task A_signature_that_is_copied_to_another_image_is_refused()
    {
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync(trust: "");
        var (good, evil) = (await TrustTests.Push(), await TrustTests.Push());
        _ = (await node.Cli("trust", "add", "shop", "--image", TrustTests.Everything(good), "--key", key.Public)).Ok;
        _ = (await node.Cli("image", "sign", "--key", key.Private, good)).Ok;
        using var client = Client(good);
        var (from, to) = (ImageReference.Parse(good), ImageReference.Parse(evil));
        var (signed, target) = ((await client.GetManifestAsync(from, TestContext.Current.CancellationToken)).Digest, (await client.GetManifestAsync(to, TestContext.Current.CancellationToken)).Digest);
        var signature = await client.GetManifestAsync(from.WithTag($"sha256-{signed.Hex}.sig"), TestContext.Current.CancellationToken);
        foreach (var blob in ((ImageManifest)signature.Manifest).Layers.Append(((ImageManifest)signature.Manifest).Config))
        {
            var bytes = await client.GetBlobAsync(from, blob, TestContext.Current.CancellationToken);
            _ = await client.UploadBlobAsync(to, blob, () => new MemoryStream(bytes.ToArray()), TestContext.Current.CancellationToken);
        }

        _ = await client.PutManifestAsync(to.WithTag($"sha256-{target.Hex}.sig"), signature.Bytes, signature.MediaType, TestContext.Current.CancellationToken);
        var refused = await node.Cli("run", "--rm", evil, "true");
        Assert.Equal(125, refused.Code);
        Assert.Contains($"it is about {signed}, not about {target}", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verdict_that_is_written_into_the_record_of_an_image_lets_nothing_run()
    {
        using var key = new TestKey();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        await node.Stop();
        var record = Directory.EnumerateFiles(Path.Combine(node.Root, "images")).Single();
        var text = await File.ReadAllTextAsync(record, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(record, text.TrimEnd().TrimEnd('}') + $$""","verdicts":[{"name":"{{image}}","policy":"shop","at":"2026-11-01T00:00:00+00:00","signed":["{{new string('0', 64)}}"],"by":["root"]}]}""", TestContext.Current.CancellationToken);
        await node.Trust("tests", "");
        await node.StartAgain();
        _ = (await node.Cli("trust", "add", "shop", "--image", TrustTests.Everything(image), "--key", key.Public, "--grace", "3650d")).Ok;
        Assert.Single((await node.Images.InspectAsync(new InspectImageRequest { Image = image })).Image.Verdicts);
        Assert.Equal(125, (await node.Cli("run", "--rm", image, "true")).Code);
    }

    [Fact]
    public async Task A_signature_that_rots_on_disk_is_fetched_again_or_refuses_the_start()
    {
        using var key = new TestKey();
        Programs.SkipUnlessANodeCanRun();
        var registry = await SlowRegistry.StartAsync();
        await using var node = await TestNode.StartAsync(plainHttp: registry.Host, trust: "");
        var pushed = await TrustTests.Push();
        var image = registry.Host + pushed[pushed.IndexOf('/', StringComparison.Ordinal)..];
        _ = (await node.Cli("trust", "add", "shop", "--image", registry.Host + "/*", "--key", key.Public)).Ok;
        _ = (await node.Cli("image", "sign", "--key", key.Private, pushed)).Ok;
        _ = (await node.Cli("image", "pull", image)).Ok;
        foreach (var blob in Directory.EnumerateFiles(Path.Combine(node.Root, "content/blobs/sha256")).Where(static f => File.ReadAllText(f).Contains("cosign container image signature", StringComparison.Ordinal)))
        {
            File.SetUnixFileMode(blob, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var bytes = await File.ReadAllBytesAsync(blob, TestContext.Current.CancellationToken);
            bytes[^3] ^= 1;
            await File.WriteAllBytesAsync(blob, bytes, TestContext.Current.CancellationToken);
        }

        node.Kill9();
        await node.StartAgain();
        Assert.Equal(1, (await node.Cli("trust", "check", "--offline", image)).Code);
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "echo", "ran")).Ok);
        await registry.DisposeAsync();
    }

    private static async Task Move(string tag, string to)
    {
        using var client = Client(tag);
        var (from, target) = (ImageReference.Parse(to), ImageReference.Parse(tag));
        var fetched = await client.GetManifestAsync(from);
        foreach (var blob in ((ImageManifest)fetched.Manifest).Layers.Append(((ImageManifest)fetched.Manifest).Config))
        {
            using var opened = await client.OpenBlobAsync(from, blob);
            var bytes = new byte[blob.Size];
            await opened.Content.ReadExactlyAsync(bytes);
            _ = await client.UploadBlobAsync(target, blob, () => new MemoryStream(bytes));
        }

        _ = await client.PutManifestAsync(target, fetched.Bytes, fetched.MediaType);
    }

    private static RegistryClient Client(string image) =>
        new(new RegistryOptions { PlainHttp = new HashSet<string> { image[..image.IndexOf('/', StringComparison.Ordinal)] }, UseProxy = false });
}
