using System.Diagnostics;
using System.Text;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Tests.Sensors.Gvisor;

/// <summary>Where paths of a sandbox lead.</summary>
public sealed class RealPathsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skerry-root-").FullName;
    private readonly RealPaths _paths;

    public RealPathsTests()
    {
        foreach (var name in (string[])["etc", "tmp", "data", "proc"])
        {
            Directory.CreateDirectory(Path.Combine(_root, name));
        }

        File.WriteAllText(Path.Combine(_root, "etc/shadow"), "x");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/notes"), "/etc/shadow");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/below"), "/etc");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/out"), "../../../../../../etc/passwd");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/round"), "round");
        File.CreateSymbolicLink(Path.Combine(_root, "data/notes"), "/etc/shadow");
        _paths = new RealPaths(_root, ["/proc", "/data"]);
    }

    [Theory]
    [InlineData("/", "/tmp/notes", "/etc/shadow")]
    [InlineData("/tmp", "notes", "/etc/shadow")]
    [InlineData("/tmp", "below/shadow", "/etc/shadow")]
    [InlineData("/tmp", "below/../etc/shadow", "/etc/shadow")]
    [InlineData("/", "/proc/self/root/etc/shadow", "/etc/shadow")]
    [InlineData("/", "/proc/1/root/proc/2/root/tmp/notes", "/etc/shadow")]
    [InlineData("/", "/etc/shadow", "")]
    [InlineData("/", "/tmp/out", "")]
    [InlineData("/", "/tmp/round", "")]
    [InlineData("/", "/tmp/none", "")]
    [InlineData("/", "/data/notes", "")]
    [InlineData("/", "a\0b", "")]
    [InlineData("/", "", "")]
    public void A_path_is_followed_within_the_root_and_nowhere_else(string directory, string path, string real) =>
        Assert.Equal(real, Encoding.UTF8.GetString(_paths.Follow(Encoding.UTF8.GetBytes(directory), Encoding.UTF8.GetBytes(path))));

    [Fact]
    public void A_link_to_what_lies_deeper_than_the_kernel_can_say_is_told_as_it_was_asked_for()
    {
        var (name, deep) = (new string('a', 200), string.Join('/', Enumerable.Repeat(new string('a', 200), 14)));

        // Two halves, since no whole path of it can be said.
        Directory.CreateDirectory(Path.Combine(_root, deep));
        Directory.CreateDirectory(Path.Combine(_root, "half", deep));
        Directory.Move(Path.Combine(_root, "half", name), Path.Combine(_root, deep, name));
        File.CreateSymbolicLink(Path.Combine(_root, "s"), "/" + deep);
        Assert.Equal("/" + deep, Encoding.UTF8.GetString(_paths.Follow("/"u8, "/s"u8)));
        Assert.Empty(_paths.Follow("/"u8, Encoding.UTF8.GetBytes("/s/" + deep + "/" + name)));
    }

    [Fact]
    public void A_flood_is_told_as_it_was_asked_for()
    {
        const int Turns = 4 * RealPaths.MostASecond; // in far less than the four seconds that these would need
        var followed = 0;
        for (var i = 0; i < Turns; i++)
        {
            followed += _paths.Follow("/"u8, "/tmp/notes"u8).Length > 0 ? 1 : 0;
        }

        Assert.InRange(followed, 1, Turns - 1);
    }

    public void Dispose()
    {
        // rm(1) goes down step by step; a whole path may be too long for the kernel here.
        using var remover = Process.Start("/bin/rm", ["-rf", _root]);
        remover.WaitForExit();
    }
}
