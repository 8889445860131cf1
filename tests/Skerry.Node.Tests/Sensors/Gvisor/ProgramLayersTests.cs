using System.Text;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Linux.Files;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Tests.Sensors.Gvisor;

/// <summary>Which layer a program of a sandbox is from.</summary>
public sealed class ProgramLayersTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-layers-").FullName;
    private readonly ProgramLayers _layers;

    public ProgramLayersTests()
    {
        Put("lower/bin/sh");
        Put("lower/bin/both");
        Put("upper/bin/both");
        Put("upper/tmp/dropped");
        _layers = new ProgramLayers(Path.Combine(_directory, "upper"), [Path.Combine(_directory, "lower")], ["/proc", "/data"]);
    }

    [Theory]
    [InlineData("/bin/sh", FileLayer.Lower)]
    [InlineData("/bin/both", FileLayer.Upper)]
    [InlineData("/tmp/dropped", FileLayer.Upper)]
    [InlineData("/tmp/removed-since", FileLayer.Upper)]
    [InlineData("/data/own", FileLayer.None)]
    [InlineData("/a\0b", FileLayer.None)]
    [InlineData("/../../../../../../etc/passwd", FileLayer.Upper)]
    public void The_layer_is_found_by_looking_and_what_is_nowhere_was_never_of_the_image(string path, FileLayer layer) =>
        Assert.Equal(layer, _layers.Of(Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void A_program_of_the_image_that_was_removed_is_not_taken_for_one_that_was_dropped()
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root to make the mark of an overlay");
        using var upper = FileCalls.Open(null, Path.Combine(_directory, "upper", "bin"), OpenFlags.Directory);
        FileCalls.MakeNode(upper, "sh", FileKind.CharacterDevice, 0);
        Assert.Equal(FileLayer.None, _layers.Of("/bin/sh"u8));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Put(string path)
    {
        var file = Path.Combine(_directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "x");
    }
}
