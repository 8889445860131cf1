using System.Globalization;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Oci;
using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Stores;

/// <summary>The daemon is killed again and again while it fetches, unpacks and commits. SKERRY_PULL_KILLS sets how often (50), SKERRY_SEED when.</summary>
public sealed class PullKilledTests(ITestOutputHelper output)
{
    private const int UsualKills = 50;
    private const int Layers = 5;

    [Fact]
    [Trait("Promise", "P-20")]
    [Trait("Promise", "P-21")]
    public async Task A_daemon_killed_at_random_moments_of_pulls_has_the_whole_image_or_none_and_goes_on_at_the_byte()
    {
        var kills = Number("SKERRY_PULL_KILLS", UsualKills);
        var seed = Number("SKERRY_SEED", 20261123);
        var random = new Random(seed);
        Programs.SkipUnlessANodeCanRun();
        await using var registry = await SlowRegistry.StartAsync();
        registry.Pause = TimeSpan.FromMilliseconds(3);
        await using var node = await TestNode.StartAsync("[log]\nlevel = \"warn\"\n", plainHttp: registry.Host);
        var sizes = await Push(seed);
        var image = $"{registry.Host}/killed:1";
        var (resumed, whole, completed) = (0, 0, 0);
        for (var kill = 0; kill < kills;)
        {
            var here = Ingests(node);
            var stored = Blobs(node);
            registry.Asked.Clear();
            var pull = Pull(node, image);
            if (await Task.WhenAny(pull, Task.Delay(random.Next(900))) == pull && await pull)
            {
                completed++;
                await Whole(node, image);
                _ = (await node.Cli("run", "--rm", image, "cat", "layer4/f0")).Ok;
                if (random.Next(2) == 0)
                {
                    // And what a kill meets that is already there.
                    _ = (await node.Cli("image", "rm", image)).Ok;
                    _ = (await node.Cli("image", "prune", "--all", "--yes")).Code;
                    continue;
                }
            }

            node.Kill9();
            kill++;
            Assert.False(await pull && node.IsUp);
            foreach (var (digest, from) in registry.Asked.DistinctBy(static a => a.Digest))
            {
                Assert.False(stored.Contains(digest), $"kill {kill}, seed {seed}: {digest} was there and was fetched again");
                var expected = here.GetValueOrDefault(digest);
                Assert.True(from == expected, $"kill {kill}, seed {seed}: {digest} was asked for from {from} on, and {expected} bytes of it were there");
                resumed += expected > 0 && expected < sizes.GetValueOrDefault(digest) ? 1 : 0;
            }

            await node.StartAgain();
            Assert.Empty(Unfinished(node));
            if ((await node.Images.ListAsync(new ListImagesRequest())).Images.Any(i => i.References.Contains(image)))
            {
                whole++;
                await Whole(node, image);
                _ = (await node.Cli("image", "rm", image)).Ok;
            }
        }

        registry.Pause = TimeSpan.Zero;
        Assert.True(await Pull(node, image), node.LogTail());
        await Whole(node, image);
        _ = (await node.Cli("run", "--rm", image, "cat", "layer4/f0")).Ok;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kills} kills, seed {seed}: {resumed} blobs gone on with in their middle, {whole} times the image was there after a kill, {completed} pulls came to their end"));
        Assert.True(resumed > kills / 10, $"only {resumed} blobs were gone on with");
    }

    private static async Task<bool> Pull(TestNode node, string image)
    {
        try
        {
            using var call = node.Images.Pull(new PullImageRequest { Reference = image });
            await foreach (var word in call.ResponseStream.ReadAllAsync())
            {
                _ = word;
            }

            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    /// <summary>Every blob and every file of the store is as it should be.</summary>
    private static async Task Whole(TestNode node, string image)
    {
        var said = await node.Cli("image", "scrub", image);
        Assert.True(said.Code == 0, said.ToString());
    }

    private static async Task<Dictionary<string, long>> Push(int seed)
    {
        var random = new Random(seed);
        using var builder = TestImages.Small();
        for (var i = 0; i < Layers; i++)
        {
            var layer = i;
            var content = new byte[1_500_000];
            random.NextBytes(content);
            builder.AddLayer(
                writer =>
                {
                    writer.Write(new NewEntry($"layer{layer}", LayerEntryType.Directory));
                    for (var f = 0; f < 150; f++)
                    {
                        writer.Write(new NewEntry($"layer{layer}/f{f}", LayerEntryType.File), content.AsSpan(f * 10_000, 10_000));
                    }
                },
                layer % 2 == 0 ? LayerCompression.Gzip : LayerCompression.Zstd);
        }

        var image = builder.Build();
        await TestRegistry.Push(image, "killed:1");
        return image.Layers.Append(image.Config).ToDictionary(static b => b.Descriptor.Digest.ToString(), static b => b.Descriptor.Size);
    }

    private static Dictionary<string, long> Ingests(TestNode node) =>
        Directory.EnumerateDirectories(Path.Combine(node.Root, "content/ingest")).ToDictionary(
            static d => Path.GetFileName(d).Replace('-', ':'),
            static d => File.Exists(Path.Combine(d, "data")) ? new FileInfo(Path.Combine(d, "data")).Length : 0);

    private static HashSet<string> Blobs(TestNode node) =>
        Directory.Exists(Path.Combine(node.Root, "content/blobs/sha256")) ? [.. Directory.EnumerateFiles(Path.Combine(node.Root, "content/blobs/sha256")).Select(static f => "sha256:" + Path.GetFileName(f))] : [];

    /// <summary>What only a crash leaves, and the next start takes.</summary>
    private static List<string> Unfinished(TestNode node) =>
    [
        .. Directory.EnumerateFileSystemEntries(Path.Combine(node.Root, "layers")).Where(static p => !Path.GetFileName(p).StartsWith("sha256-", StringComparison.Ordinal)),
        .. Directory.EnumerateFiles(Path.Combine(node.Root, "images")).Where(static p => !p.EndsWith(".json", StringComparison.Ordinal)),
        .. Directory.EnumerateFiles(Path.Combine(node.Root, "content/ingest")),
    ];

    private static int Number(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : usual;
}
