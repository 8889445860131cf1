using Skerry.Node.Images;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Images.Transfer;
using Skerry.Node.Images.Upkeep;
using Skerry.Node.Tests.Images.Pulling;
using Skerry.Oci;
using Skerry.Oci.Archives;
using Skerry.Oci.Distribution;
using Skerry.Oci.Layers;

namespace Skerry.Node.Tests.Images.Upkeep;

/// <summary>Content that rots on disk, with a real registry to mend it from.</summary>
[Trait("Promise", "P-24")]
public sealed class ImageScrubberTests
{
    public ImageScrubberTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: layers keep owners, whiteouts and trusted attributes");

    [Fact]
    public async Task Each_blob_that_rotted_is_found_and_mended_by_fetching_it_again()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var fixture = new StoreFixture();
        var (image, puller) = await Pull(fixture, registry);
        foreach (var digest in (Digest[])[image.ManifestDigest, image.ConfigDigest, image.Layers[0].Blob.Digest])
        {
            Rot(BlobPath(fixture, digest));
            var found = Assert.Single(await Scrub(fixture, puller, repair: false));
            Assert.Equal((digest, false), (found.Digest, found.Repaired));
            var mended = Assert.Single(await Scrub(fixture, puller, repair: true));
            Assert.Equal((digest, true), (mended.Digest, mended.Repaired));
            Assert.Empty(await Scrub(fixture, puller, repair: false));
        }

        File.Delete(BlobPath(fixture, image.Layers[1].Blob.Digest));
        Assert.Equal("is missing", Assert.Single(await Scrub(fixture, puller, repair: true)).Problem);
        Assert.Empty(await Scrub(fixture, puller, repair: false));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(fixture.Options.Root, "content", "ingest")));
    }

    [Fact]
    public async Task A_repair_that_cannot_reach_the_registry_keeps_what_is_there_and_says_so()
    {
        var registry = await TestRegistry.StartAsync();
        using var fixture = new StoreFixture(o => o with { MaxTries = 1 });
        var (image, puller) = await Pull(fixture, registry);
        await registry.DisposeAsync();
        var paths = new[] { BlobPath(fixture, image.ConfigDigest), BlobPath(fixture, image.Layers[0].Blob.Digest) };
        var rotten = paths.Select(Rot).ToList();
        foreach (var finding in await Scrub(fixture, puller, repair: true))
        {
            Assert.False(finding.Repaired);
            Assert.Contains(registry.Host, finding.Action, StringComparison.Ordinal);
            Assert.Contains("nothing was changed", finding.Action, StringComparison.Ordinal);
        }

        Assert.Equal(rotten, paths.Select(File.ReadAllBytes));
    }

    [Fact]
    public async Task A_repair_that_is_stopped_at_any_step_leaves_the_old_or_the_new_and_the_next_one_mends_it()
    {
        await using var registry = await TestRegistry.StartAsync();
        bool stopped = true;
        for (int stopAt = 0; stopped; stopAt++)
        {
            int steps = 0, limit = int.MaxValue;
            using var fixture = new StoreFixture(o => o with
            {
                StepHook = _ =>
                {
                    // As after a kill: from here on nothing is done any more.
                    if (Interlocked.Increment(ref steps) > Volatile.Read(ref limit))
                    {
                        throw new StoppedException();
                    }
                },
            });
            var (image, puller) = await Pull(fixture, registry);
            var blob = BlobPath(fixture, image.Layers[0].Blob.Digest);
            var good = await File.ReadAllBytesAsync(blob);
            var bad = Rot(blob);
            var inLayer = Path.Combine(image.LayerDirectories[0], "etc/base");
            Rot(inLayer);
            steps = 0;
            Volatile.Write(ref limit, stopAt);
            stopped = false;
            try
            {
                await Scrub(fixture, puller, repair: true);
            }
            catch (StoppedException)
            {
                stopped = true;
            }

            var now = await File.ReadAllBytesAsync(blob);
            Assert.True(now.AsSpan().SequenceEqual(good) || now.AsSpan().SequenceEqual(bad), $"step {stopAt}: the blob is neither");
            Assert.True(File.Exists(inLayer), $"step {stopAt}: the layer is gone");
            fixture.Options = fixture.Options with { StepHook = null };
            fixture.Reopen();
            Assert.Empty(fixture.Store.Damaged);
            Assert.Empty(fixture.Leftovers());
            puller = new ImagePuller(fixture.Store, registry.Options);
            Assert.All(await Scrub(fixture, puller, repair: true), f => Assert.True(f.Repaired, f.ToString()));
            Assert.Empty(await Scrub(fixture, puller, repair: false));
            Assert.True(stopped || stopAt > 10, $"only {stopAt} steps were seen");
        }
    }

    [Fact]
    public async Task A_layer_in_use_is_left_as_it_is_until_nothing_uses_it()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var fixture = new StoreFixture();
        var (image, puller) = await Pull(fixture, registry);
        var file = Path.Combine(image.LayerDirectories[0], "etc/base");
        var bad = Rot(file);
        File.WriteAllText(Path.Combine(image.LayerDirectories[0], "extra"), "x");
        File.Delete(Path.Combine(image.LayerDirectories[1], "etc/two"));
        fixture.InUse.Add(image.ManifestDigest);
        var kept = await Scrub(fixture, puller, repair: true);
        Assert.Equal(["etc/base", "etc/two", "extra"], kept.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(kept, f => Assert.True(!f.Repaired && f.Action.Contains("stop it", StringComparison.Ordinal), f.ToString()));
        Assert.Equal(bad, await File.ReadAllBytesAsync(file));
        fixture.InUse.Clear();
        Assert.All(await Scrub(fixture, puller, repair: true), f => Assert.True(f.Repaired, f.ToString()));
        Assert.Empty(await Scrub(fixture, puller, repair: false));
        Assert.Empty(fixture.Leftovers());
    }

    [Fact]
    public async Task A_node_that_keeps_no_compressed_layers_mends_runs_and_says_what_it_cannot_export()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var fixture = new StoreFixture();
        var (image, _) = await Pull(fixture, registry);
        using var archive = new MemoryStream();
        await new ImageExporter(fixture.Store).ExportAsync([image.ToString()], ArchiveFormat.OciArchive, archive, CancellationToken.None);

        // What was kept before goes with the next prune.
        fixture.Options = fixture.Options with { KeepBlobs = false };
        fixture.Reopen();
        var puller = new ImagePuller(fixture.Store, registry.Options);
        await new ImageCollector(fixture.Store).PruneAsync();
        Assert.Equal(2, fixture.Store.Content.List().Count());
        Assert.Empty(await Scrub(fixture, puller, repair: false));

        // A layer is mended, and its blob does not stay.
        Rot(Path.Combine(image.LayerDirectories[0], "etc/base"));
        Assert.All(await Scrub(fixture, puller, repair: true), f => Assert.True(f.Repaired, f.ToString()));
        Assert.Empty(await Scrub(fixture, puller, repair: false));
        Assert.Equal(2, fixture.Store.Content.List().Count());

        var e = await Assert.ThrowsAsync<ImageException>(() => new ImageExporter(fixture.Store).ExportAsync([image.ToString()], ArchiveFormat.OciArchive, Stream.Null, CancellationToken.None));
        Assert.Contains("keep_blobs = true", e.Message, StringComparison.Ordinal);

        // An import leaves the image and not its compressed layers; a pull brings none either.
        await new ImageCollector(fixture.Store).RemoveAsync(image.ToString(), force: true);
        archive.Position = 0;
        await new ImageImporter(fixture.Store).ImportAsync(archive);
        Assert.Equal(2, fixture.Store.Content.List().Count());
        await new ImageCollector(fixture.Store).PruneAsync(all: true);
        await puller.PullAsync(ImageReference.Parse($"{registry.Host}/scrub:1"));
        Assert.Equal(2, fixture.Store.Content.List().Count());
        Assert.Empty(await Scrub(fixture, puller, repair: false));
    }

    private static async Task<(ImageRecord Image, ImagePuller Puller)> Pull(StoreFixture fixture, TestRegistry registry)
    {
        var reference = ImageReference.Parse($"{registry.Host}/scrub:1");
        using var builder = new ImageBuilder();
        builder.AddLayer(layer =>
        {
            layer.Write(new NewEntry("etc", LayerEntryType.Directory));
            layer.Write(new NewEntry("etc/base", LayerEntryType.File), System.Text.Encoding.ASCII.GetBytes(ImageIntakeTests.Noise(300_000, 1)));
        });
        builder.AddLayer(layer =>
        {
            layer.Write(new NewEntry("etc/two", LayerEntryType.File), "two"u8);
            layer.Write(new NewEntry("etc/hard", LayerEntryType.HardLink) { LinkTarget = "etc/two" });
        });
        using (var client = new RegistryClient(registry.Options))
        {
            await builder.Build().PushAsync(client, reference);
        }

        var puller = new ImagePuller(fixture.Store, registry.Options);
        return (await puller.PullAsync(reference), puller);
    }

    private static async Task<List<ScrubFinding>> Scrub(StoreFixture fixture, ImagePuller puller, bool repair)
    {
        var findings = new List<ScrubFinding>();
        await new ImageScrubber(fixture.Store, puller).ScrubAsync(null, repair, new ImageIntakeTests.Collected(findings));
        return findings;
    }

    private static string BlobPath(StoreFixture fixture, Digest digest) => Path.Combine(fixture.Options.Root, "content", "blobs", digest.Algorithm, digest.Hex);

    /// <summary>One bit, as a disk does it: size and times stay.</summary>
    private static byte[] Rot(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 4;
        var time = File.GetLastWriteTimeUtc(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write))
        {
            file.Write(bytes);
        }

        File.SetLastWriteTimeUtc(path, time);
        return bytes;
    }

    private sealed class StoppedException : Exception;
}
