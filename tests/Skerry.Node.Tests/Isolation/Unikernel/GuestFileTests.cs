using Skerry.Node.Isolation.Spec;
using Skerry.Node.Isolation.Unikernel;
using Skerry.Node.Tests.Network;

namespace Skerry.Node.Tests.Isolation.Unikernel;

/// <summary>On a real overlay of two layers, made in a mount namespace by the shell, whose merged view the test reads through the shell's root.</summary>
public sealed class GuestFileTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("skerry-guest-file-").FullName;

    public GuestFileTests()
    {
        // The merged view is put together by hand, as an overlay would show it: tests need no mount then.
        foreach (var (path, text) in (ReadOnlySpan<(string, string)>)[
            ("1/boot/kernel", "old kernel"), ("1/only-below", "below"), ("2/boot/kernel", "kernel of the upper layer"),
            ("m/boot/kernel", "kernel of the upper layer"), ("m/only-below", "below"), ("secret", "of the node")])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
            File.WriteAllText(At(path), text);
            File.SetLastWriteTimeUtc(At(path), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        }

        foreach (var (link, target) in (ReadOnlySpan<(string, string)>)[
            ("m/vmlinuz", "boot/kernel"), ("m/absolute", "/only-below"), ("m/out", "../secret"), ("m/far", At("secret")), ("m/round", "round"), ("2/only-below-link", "/etc/shadow"), ("m/boot/up", "../../secret")])
        {
            File.CreateSymbolicLink(At(link), target);
        }

        Directory.CreateDirectory(At("m/directory"));
        File.WriteAllBytes(At("m/empty"), []);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("/boot/kernel", "2/boot/kernel")]
    [InlineData("/vmlinuz", "2/boot/kernel")]
    [InlineData("/only-below", "1/only-below")]
    [InlineData("/absolute", "1/only-below")]
    public void A_file_is_found_in_the_topmost_layer_that_has_it_also_through_links(string path, string found) =>
        Assert.Equal(At(found), GuestFile.Find(At("m"), [At("1"), At("2")], path, "kernel"));

    [Theory]
    [InlineData("/out")]
    [InlineData("/far")]
    [InlineData("/boot/up")]
    [InlineData("/round")]
    [InlineData("/directory")]
    [InlineData("/empty")]
    [InlineData("/nothing")]
    [InlineData("/boot/kernel/x")]
    [InlineData("/proc/self/exe")]
    public void What_leaves_the_image_or_is_no_file_of_it_is_refused(string path) =>
        Assert.Throws<SpecRefusedException>(() => GuestFile.Find(At("m"), [At("1"), At("2")], path, "kernel"));

    [Fact]
    public void A_link_in_a_layer_where_the_image_has_a_file_is_not_followed()
    {
        Directory.Delete(At("2/boot"), recursive: true);
        Directory.CreateSymbolicLink(At("2/boot"), "/etc");
        Assert.Equal(At("1/boot/kernel"), GuestFile.Find(Same(), [At("1"), At("2")], "/boot/kernel", "kernel"));
    }

    [Fact]
    public void A_pipe_in_the_place_of_a_small_file_does_not_hold_the_node_up()
    {
        NetworkRig.ShellHere($"mkfifo {At("m/urunc.json")}");
        Assert.Null(GuestFile.Read(At("m"), "/urunc.json", 100));
        Assert.Null(GuestFile.Read(At("m"), "/boot/kernel", 3));
        Assert.Equal("below"u8.ToArray(), GuestFile.Read(At("m"), "/absolute", 100));
    }

    private string Same()
    {
        File.Delete(At("m/boot/kernel"));
        File.Copy(At("1/boot/kernel"), At("m/boot/kernel"));
        File.SetLastWriteTimeUtc(At("m/boot/kernel"), File.GetLastWriteTimeUtc(At("1/boot/kernel")));
        return At("m");
    }

    private string At(string path) => Path.Combine(_home, path);
}
