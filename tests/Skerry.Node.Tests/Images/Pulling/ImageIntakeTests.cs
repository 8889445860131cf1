using System.Diagnostics;
using Skerry.Node.Images;
using Skerry.Node.Images.Content;
using Skerry.Node.Images.Layers;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Images.Upkeep;
using Skerry.Oci;

namespace Skerry.Node.Tests.Images.Pulling;

public sealed class ImageIntakeTests
{
    public ImageIntakeTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: layers keep owners, whiteouts and trusted attributes");

    [Fact]
    public async Task An_image_is_there_with_all_its_layers_and_found_by_name_and_id()
    {
        using var fixture = new StoreFixture();
        var source = Image();
        var image = await Take(fixture, source);
        foreach (string name in (string[])["test.example/image:1", image.ConfigDigest.ToString(), image.ConfigDigest.Hex[..4], image.ManifestDigest.Hex[..12], $"test.example/image@{source.Manifest.Digest}"])
        {
            Assert.Same(image, fixture.Store.Find(name));
        }

        Assert.Equal(3, image.LayerDirectories.Count);
        Assert.True(File.Exists(Path.Combine(image.LayerDirectories[0], "etc/base")));
        Assert.Equal(["true"], image.Config.Config.Cmd);
        fixture.Reopen();
        Assert.Equal(image.ConfigDigest, fixture.Store.Find("test.example/image:1").ConfigDigest);
        await AssertWhole(fixture);
    }

    [Fact]
    public async Task What_is_there_already_is_not_fetched_again()
    {
        using var fixture = new StoreFixture();
        await Take(fixture, Image());
        var again = Image();
        await Take(fixture, again);
        Assert.Equal(0, again.BytesGiven);
    }

    [Fact]
    public async Task A_connection_that_breaks_goes_on_where_it_stopped()
    {
        using var fixture = new StoreFixture(o => o with { MaxTries = 2 });
        var source = Image();
        source.BreakAfter = 10_000;
        await Take(fixture, source);
        long all = source.Layers.Sum(l => l.Size) + fixture.Store.List()[0].Wire.ConfigSize;
        Assert.Equal(all, source.BytesGiven);
        await AssertWhole(fixture);
    }

    [Fact]
    public async Task A_server_that_ignores_offsets_does_no_harm()
    {
        using var fixture = new StoreFixture();
        var source = Image();
        await Partly(fixture, source.Layers[0], [1, 2, 3, 4, 5], wrong: false, source);
        source.IgnoresOffsets = true;
        await Take(fixture, source);
        await AssertWhole(fixture);
    }

    [Fact]
    public async Task A_tail_torn_by_a_power_cut_is_noticed_and_all_is_fetched_once_more()
    {
        using var fixture = new StoreFixture();
        var source = Image();
        await Partly(fixture, source.Layers[0], new byte[4096], wrong: true, source);
        await Take(fixture, source);
        await AssertWhole(fixture);
    }

    [Fact]
    public async Task A_blob_with_other_bytes_is_refused_and_nothing_is_there()
    {
        using var fixture = new StoreFixture();
        var source = Image();
        source.Corrupt(source.Layers[1].Digest);
        var e = await Assert.ThrowsAsync<ImageException>(() => Take(fixture, source));
        Assert.Equal(ImageProblem.Corrupt, e.Problem);
        Assert.Empty(fixture.Store.List());
        Assert.Empty(fixture.Leftovers());
    }

    [Fact]
    public async Task A_stop_at_any_step_leaves_the_whole_image_or_none_and_the_next_pull_goes_on()
    {
        int steps = 0;
        for (int stopAt = 0; ; stopAt++)
        {
            bool dead = false;
            steps = 0;
            int limit = stopAt;
            using var fixture = new StoreFixture(o => o with
            {
                MaxParallelDownloads = 1,
                MaxParallelUnpacks = 1,
                StepHook = _ =>
                {
                    // From the first refused step on nothing is done any more, as after a kill: no clean-up runs either.
                    if (Volatile.Read(ref dead) || Interlocked.Increment(ref steps) > limit)
                    {
                        Volatile.Write(ref dead, true);
                        throw new StoppedException();
                    }
                },
            });
            bool stopped = false;
            try
            {
                await Take(fixture, Image());
            }
            catch (StoppedException)
            {
                stopped = true;
            }

            fixture.Options = fixture.Options with { StepHook = null };
            fixture.Reopen();
            Assert.Empty(fixture.Leftovers());
            Assert.Empty(fixture.Store.Damaged);
            if (fixture.Store.TryFind("test.example/image:1") is not null)
            {
                await AssertWhole(fixture);
            }

            await Take(fixture, Image());
            await AssertWhole(fixture);
            if (!stopped)
            {
                Assert.True(stopAt > 30, $"only {stopAt} steps were seen");
                return;
            }
        }
    }

    [Fact]
    public async Task A_pull_that_will_not_fit_is_refused_before_it_begins_and_says_what_to_free()
    {
        using var fixture = new StoreFixture(o => o with { Quota = new ByteCount(1000) });
        var source = Image();
        var e = await Assert.ThrowsAsync<ImageException>(() => Take(fixture, source));
        Assert.Equal(ImageProblem.DoesNotFit, e.Problem);
        Assert.Contains("quota", e.Message, StringComparison.Ordinal);
        Assert.Contains("prune", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, source.Opened);
    }

    [Fact]
    public void Sizes_whose_sum_is_no_number_do_not_fit()
    {
        using var fixture = new StoreFixture(o => o with { Quota = new ByteCount(1 << 20) });
        var e = Assert.Throws<ImageException>(() => new SpaceGuard(fixture.Store).Require("x", 4_000_000_000_000_000_000, long.MaxValue));
        Assert.Equal(ImageProblem.DoesNotFit, e.Problem);
        Assert.Equal(long.MaxValue, SpaceGuard.Sum([long.MaxValue, long.MaxValue, 1]));
        Assert.Equal(6, SpaceGuard.Sum([1, 2, 3]));
    }

    [Fact]
    public async Task A_disk_that_fills_midway_leaves_a_clean_store_and_says_what_to_free()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mount"), "needs mount(8)");
        string disk = Directory.CreateTempSubdirectory("images-full-").FullName;
        Assert.Equal(0, await RunAsync("mount", "-t", "tmpfs", "-o", "size=6m", "none", disk));
        try
        {
            using var fixture = new StoreFixture(null, disk);
            var small = new MemoryImage(new TarMaker().File("x", Noise(1 << 20, 9)).End());
            await Take(fixture, small, "test.example/small:1");

            // Zeros deflate to nothing: the estimate is wrong, and only the disk says so.
            var large = new MemoryImage(new TarMaker().File("a", Noise(100_000, 1)).End(), new TarMaker().File("b", new string('z', 20 << 20)).End());
            var e = await Assert.ThrowsAsync<ImageException>(() => Take(fixture, large));
            Assert.Equal(ImageProblem.OutOfSpace, e.Problem);
            Assert.Contains("skerry image prune", e.Message, StringComparison.Ordinal);
            Assert.Empty(fixture.Leftovers());
            Assert.Null(fixture.Store.TryFind("test.example/image:1"));
            fixture.Reopen();
            await AssertWhole(fixture);
            Assert.Single(fixture.Store.List());
        }
        finally
        {
            await RunAsync("umount", disk);
            Directory.Delete(disk);
        }
    }

    [Fact]
    public async Task Removing_takes_what_no_other_image_and_no_container_needs()
    {
        using var fixture = new StoreFixture();
        var collector = new ImageCollector(fixture.Store);
        byte[] shared = new TarMaker().File("shared", "s").End();
        var one = await Take(fixture, new MemoryImage(shared, new TarMaker().File("one", "1").End()), "test.example/one:1");
        var two = await Take(fixture, new MemoryImage(shared, new TarMaker().File("two", "2").End()), "test.example/two:1");
        fixture.InUse.Add(two.ManifestDigest);
        Assert.Equal(ImageProblem.InUse, (await Assert.ThrowsAsync<ImageException>(() => collector.RemoveAsync("test.example/two:1"))).Problem);
        var removed = await collector.RemoveAsync("test.example/one:1");
        Assert.Contains(one.Layers[1].DiffId, removed.Deleted);
        Assert.DoesNotContain(one.Layers[0].DiffId, removed.Deleted);
        await collector.PruneAsync(all: true);
        Assert.Equal(two.ConfigDigest, Assert.Single(fixture.Store.List()).ConfigDigest);
        await AssertWhole(fixture);
        fixture.InUse.Clear();
        await collector.PruneAsync(all: true);
        Assert.Empty(fixture.Store.List());
        Assert.Empty(fixture.Store.Content.List());
        Assert.Empty(fixture.Store.Layers.List());
    }

    [Fact]
    public async Task A_name_moves_to_the_image_that_was_pulled_last()
    {
        using var fixture = new StoreFixture();
        var old = await Take(fixture, new MemoryImage(new TarMaker().File("v", "1").End()));
        var young = await Take(fixture, new MemoryImage(new TarMaker().File("v", "2").End()));
        Assert.Equal(young.ConfigDigest, fixture.Store.Find("test.example/image:1").ConfigDigest);
        Assert.Empty(fixture.Store.Find(old.ConfigDigest.ToString()).References);
        fixture.Reopen();
        Assert.Empty(fixture.Store.Find(old.ConfigDigest.ToString()).References);
        var pruned = await new ImageCollector(fixture.Store).PruneAsync();
        Assert.Contains(old.ManifestDigest, pruned.Deleted);
        Assert.Single(fixture.Store.List());
    }

    [Fact]
    public async Task Pulls_removals_and_prunes_at_the_same_time_end_with_whole_images()
    {
        using var fixture = new StoreFixture();
        var collector = new ImageCollector(fixture.Store);
        var work = Enumerable.Range(0, 6).Select(async worker =>
        {
            for (int i = 0; i < 4; i++)
            {
                await Take(fixture, Image(), $"test.example/image:{worker % 2}");
                try
                {
                    await collector.RemoveAsync($"test.example/image:{(worker + i) % 2}", force: true);
                }
                catch (ImageException e) when (e.Problem == ImageProblem.NotFound)
                {
                }

                await collector.PruneAsync();
            }
        });
        await Task.WhenAll(work);
        await Take(fixture, Image());
        await AssertWhole(fixture);
        Assert.Empty(fixture.Leftovers());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_that_has_one_layer_many_times_over_comes_in(bool keepBlobs)
    {
        // A layer that does not describe its directories waits for those beneath it, which are of the same blob.
        var layer = new TarMaker().File("srv/deep/file", Noise(20_000, 4)).End();
        for (var i = 0; i < 20; i++)
        {
            using var fixture = new StoreFixture(o => o with { KeepBlobs = keepBlobs });
            var source = new MemoryImage([.. Enumerable.Repeat(layer, 8)]);
            var image = await Take(fixture, source).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Equal(8, image.LayerDirectories.Count);
            Assert.All(image.LayerDirectories, static d => Assert.True(File.Exists(Path.Combine(d, "srv/deep/file"))));
            Assert.Empty(fixture.Store.Content.ListIngests());
            Assert.Empty(fixture.Leftovers());
            Assert.Equal(keepBlobs, fixture.Store.Content.Has(source.Layers[0].Digest));
        }
    }

    [Fact]
    public async Task Two_images_that_have_the_same_layers_in_opposite_order_come_in_together()
    {
        byte[][] layers = [new TarMaker().File("srv/a/file", Noise(20_000, 5)).End(), new TarMaker().File("srv/b/file", Noise(20_000, 6)).End()];
        for (var i = 0; i < 20; i++)
        {
            using var fixture = new StoreFixture();
            var pulls = Task.WhenAll(Take(fixture, new MemoryImage(layers[0], layers[1]), "test.example/one:1"), Take(fixture, new MemoryImage(layers[1], layers[0]), "test.example/two:1"));
            await pulls.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            await AssertWhole(fixture);
        }
    }

    [Fact]
    public async Task Two_pulls_of_one_image_share_one_download()
    {
        using var fixture = new StoreFixture();
        var source = Image();
        await Task.WhenAll(Take(fixture, source), Take(fixture, source), Take(fixture, source));
        Assert.Equal(source.Layers.Sum(l => l.Size) + fixture.Store.List()[0].Wire.ConfigSize, source.BytesGiven);
    }

    [Fact]
    public void A_second_process_does_not_get_the_store()
    {
        using var fixture = new StoreFixture();
        Assert.Equal(ImageProblem.Busy, Assert.Throws<ImageException>(() => ImageStore.Open(fixture.Options, TimeProvider.System, () => fixture.InUse)).Problem);
    }

    internal static MemoryImage Image() => new(
        new TarMaker().Directory("etc").File("etc/base", Noise(40_000, 1)).End(),
        new TarMaker().Directory("etc").File("etc/two", Noise(30_000, 2)).Symlink("etc/link", "two").HardLink("etc/hard", "etc/two").End(),
        new TarMaker().Whiteout("etc/.wh.base").File("srv/three", Noise(20_000, 3), 0xfed, 1, 2).End());

    internal static Task<ImageRecord> Take(StoreFixture fixture, MemoryImage source, string reference = "test.example/image:1") =>
        new ImageIntake(fixture.Store).TakeAsync(source, source.Plan(reference), null, CancellationToken.None);

    /// <summary>Every blob has its digest and every layer its inventory.</summary>
    internal static async Task AssertWhole(StoreFixture fixture)
    {
        var findings = new List<ScrubFinding>();
        await new ImageScrubber(fixture.Store, new ImagePuller(fixture.Store, new Skerry.Oci.Distribution.RegistryOptions())).ScrubAsync(null, false, new Collected(findings));
        Assert.Empty(findings);
    }

    internal static string Noise(int length, int seed)
    {
        var random = new Random(seed);
        return string.Create(length, random, (span, r) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = (char)r.Next(32, 127);
            }
        });
    }

    private static async Task Partly(StoreFixture fixture, Descriptor blob, byte[] bytes, bool wrong, MemoryImage source)
    {
        if (!wrong)
        {
            using var opened = await source.OpenBlobAsync(blob, 0, CancellationToken.None);
            await opened.Content.ReadExactlyAsync(bytes);
        }

        using Ingest ingest = await fixture.Store.Content.BeginAsync(blob.Digest, blob.Size, CancellationToken.None);
        ingest.Append(bytes);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    internal sealed class Collected(List<ScrubFinding> findings) : IProgress<ScrubFinding>
    {
        public void Report(ScrubFinding value) => findings.Add(value);
    }

    private sealed class StoppedException : Exception;
}
