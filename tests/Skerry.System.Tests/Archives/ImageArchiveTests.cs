using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Archives;

/// <summary>Images as files, through the real command line.</summary>
public sealed class ImageArchiveTests
{
    [Theory]
    [InlineData("oci-archive")]
    [InlineData("docker-archive")]
    public async Task An_image_exported_from_one_node_runs_on_another(string format)
    {
        Programs.SkipUnlessANodeCanRun();
        var directory = Directory.CreateTempSubdirectory("skerry-archive-");
        try
        {
            var archive = Path.Combine(directory.FullName, "image.tar");
            await using var from = await TestNode.StartAsync();
            var image = await from.PullSmall();
            _ = (await from.Cli("image", "export", "--format", format, "-f", archive, image)).Ok;
            Assert.Equal([archive], Directory.GetFiles(directory.FullName));

            await using var to = await TestNode.StartAsync();
            Assert.Contains(image, (await to.Cli("image", "import", archive)).Ok, StringComparison.Ordinal);
            Assert.Equal("3\n", (await to.Cli("run", "--rm", "--pull", "never", image, "cat", "/etc/layer")).Ok);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_archive_can_come_through_a_pipe_and_compressed()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var skerry = $"SKERRY_ADDRESS='unix://{node.Socket}' DOTNET_ROOT='{Programs.DotnetRoot}' '{Programs.CommandLine}'";
        var said = await Running.Shell($"{skerry} image export {image} | gzip -1 >'{node.Home}/i.tgz' && {skerry} image rm {image} && {skerry} image import - <'{node.Home}/i.tgz'");
        Assert.Contains(image, said.Ok, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_archive_that_is_cut_off_is_refused_and_leaves_no_image()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var whole = Path.Combine(node.Home, "whole.tar");
        _ = (await node.Cli("image", "export", "-f", whole, image)).Ok;
        _ = (await node.Cli("image", "rm", image)).Ok;
        var bytes = await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken);
        var cut = Path.Combine(node.Home, "cut.tar");
        await File.WriteAllBytesAsync(cut, bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);

        Assert.Contains("cut off", (await node.Cli("image", "import", cut)).Failed(1), StringComparison.Ordinal);
        Assert.Contains("image archive", (await node.CliWith("not an archive at all", "image", "import", "-")).Failed(1).Replace("import archive", "image archive", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Empty((await node.Cli("image", "ls", "-o", "name")).Ok);
    }

    [Fact]
    public async Task An_export_of_what_is_not_there_writes_no_file()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        var file = Path.Combine(node.Home, "none.tar");
        Assert.Contains("there is none of that name", (await node.Cli("image", "export", "-f", file, "nothing:1")).Failed(1), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(node.Home, "none.tar*"));
    }

    [Fact]
    public async Task A_scrub_finds_rot_and_mends_it_from_the_registry()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        Assert.Contains("0 wrong", (await node.Cli("image", "scrub")).Error, StringComparison.Ordinal);

        var busybox = Directory.EnumerateFiles(Path.Combine(node.Root, "layers"), "busybox", SearchOption.AllDirectories).Single();
        await using (var file = new FileStream(busybox, FileMode.Open, FileAccess.Write))
        {
            file.Position = 4096;
            file.WriteByte(0xA5);
            file.WriteByte(0x5A);
        }

        var found = await node.Cli("image", "scrub");
        Assert.Contains("bin/busybox", found.Out, StringComparison.Ordinal);
        Assert.Contains("1 wrong, 0 repaired", found.Failed(1), StringComparison.Ordinal);

        var mended = await node.Cli("image", "scrub", "--repair");
        _ = mended.Ok;
        Assert.Contains("1 wrong, 1 repaired", mended.Error, StringComparison.Ordinal);
        Assert.Equal("3\n", (await node.Cli("run", "--rm", image, "cat", "/etc/layer")).Ok);
    }
}
