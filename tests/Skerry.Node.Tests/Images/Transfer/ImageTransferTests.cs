using Skerry.Node.Images;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Images.Transfer;
using Skerry.Node.Images.Upkeep;
using Skerry.Node.Tests.Images.Pulling;
using Skerry.Oci;
using Skerry.Oci.Archives;
using Skerry.Oci.Distribution;
using Skerry.Oci.Layers;

namespace Skerry.Node.Tests.Images.Transfer;

public sealed class ImageTransferTests
{
    public ImageTransferTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: layers keep owners, whiteouts and trusted attributes");

    [Theory]
    [InlineData(ArchiveFormat.OciArchive)]
    [InlineData(ArchiveFormat.DockerArchive)]
    public async Task What_is_exported_is_imported_again_with_the_same_id_and_names(ArchiveFormat format)
    {
        using var from = new StoreFixture();
        var image = await ImageIntakeTests.Take(from, ImageIntakeTests.Image());
        var archive = new MemoryStream();
        await new ImageExporter(from.Store).ExportAsync(["test.example/image:1"], format, archive);
        using var to = new StoreFixture();
        archive.Position = 0;
        var imported = Assert.Single(await new ImageImporter(to.Store).ImportAsync(archive));
        Assert.Equal((image.ConfigDigest, image.ManifestDigest), (imported.ConfigDigest, imported.ManifestDigest));
        Assert.Equal(["test.example/image:1"], imported.References);
        await ImageIntakeTests.AssertWhole(to);
    }

    [Fact]
    public async Task An_archive_with_a_flipped_bit_is_refused_and_leaves_no_image()
    {
        using var from = new StoreFixture();
        await ImageIntakeTests.Take(from, ImageIntakeTests.Image());
        var archive = new MemoryStream();
        await new ImageExporter(from.Store).ExportAsync(["test.example/image:1"], ArchiveFormat.OciArchive, archive);
        byte[] bytes = archive.ToArray();
        for (int at = 5000; at < bytes.Length; at += bytes.Length / 12)
        {
            bytes[at] ^= 0x10;
            using var to = new StoreFixture();
            try
            {
                // A flip in padding or in a time of the archive changes nothing that counts.
                await new ImageImporter(to.Store).ImportAsync(new MemoryStream(bytes));
                await ImageIntakeTests.AssertWhole(to);
            }
            catch (ImageException e)
            {
                Assert.Equal(ImageProblem.Refused, e.Problem);
                Assert.Empty(to.Store.List());
                Assert.Empty(to.Leftovers());
            }

            bytes[at] ^= 0x10;
        }
    }

    [Fact]
    public async Task An_image_is_pulled_from_a_registry_damaged_and_mended_from_it()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var builder = new ImageBuilder();
        builder.AddLayer(w => w.Write(new NewEntry("a", LayerEntryType.File) { Uid = 7, Mode = 0x9ed }, "content of a"u8))
            .AddLayer(w => w.Write(new NewEntry("b", LayerEntryType.File), "content of b"u8), LayerCompression.Zstd);
        var built = builder.Build();
        var reference = ImageReference.Parse($"{registry.Host}/team/app:v1");
        using (var client = new RegistryClient(registry.Options))
        {
            await built.PushAsync(client, reference);
        }

        using var fixture = new StoreFixture();
        var puller = new ImagePuller(fixture.Store, registry.Options);
        var progress = new Counted();
        var image = await puller.PullAsync(reference, progress: progress);
        Assert.Equal(built.Manifest.Digest, image.ManifestDigest);
        Assert.Equal([$"{registry.Host}/team/app@{built.Manifest.Digest}"], image.RepoDigests);
        Assert.True(progress.Count > 3);

        // Damage of every kind that scrub knows: content, mode, an extra file, a missing one, a blob, the configuration.
        string layer = image.LayerDirectories[0];
        await File.WriteAllTextAsync(Path.Combine(layer, "a"), "CONTENT of a");
        await File.WriteAllTextAsync(Path.Combine(layer, "extra"), "x");
        File.Delete(Path.Combine(image.LayerDirectories[1], "b"));
        await File.AppendAllTextAsync(fixture.Store.Content.PathOf(image.Layers[1].Blob.Digest), "x");
        File.Delete(fixture.Store.Content.PathOf(image.ConfigDigest));
        var scrubber = new ImageScrubber(fixture.Store, puller);
        var found = new List<ScrubFinding>();
        await scrubber.ScrubAsync(null, repair: false, new ImageIntakeTests.Collected(found));
        Assert.Equal(["", "", "a", "b", "extra"], found.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(found, f => Assert.False(f.Repaired));

        // A layer that a container uses is left as it is.
        fixture.InUse.Add(image.ManifestDigest);
        var held = new List<ScrubFinding>();
        await scrubber.ScrubAsync(null, repair: true, new ImageIntakeTests.Collected(held));
        Assert.All(held.Where(f => f.Path.Length > 0), f => Assert.Contains("stop it", f.Action, StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(layer, "extra")));
        fixture.InUse.Clear();

        var mended = new List<ScrubFinding>();
        var summary = await scrubber.ScrubAsync(null, repair: true, new ImageIntakeTests.Collected(mended));
        Assert.All(mended, f => Assert.True(f.Repaired, f.Action));
        Assert.Equal(summary.Corrupted, summary.Repaired);
        Assert.Equal("content of a", await File.ReadAllTextAsync(Path.Combine(layer, "a")));
        await ImageIntakeTests.AssertWhole(fixture);
        Assert.Empty(fixture.Leftovers());
    }

    private sealed class Counted : IProgress<PullProgress>
    {
        private int _count;

        public int Count => _count;

        public void Report(PullProgress value) => Interlocked.Increment(ref _count);
    }
}
