using Skerry.Linux.Files;
using Skerry.Node.Isolation.Microvm;

namespace Skerry.Node.Tests.Isolation.Microvm;

/// <summary>A disk of layers is what was made, or it is made again.</summary>
[Trait("Promise", "P-159")]
public sealed class DiskSealTests : IDisposable
{
    private const int Content = 300_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-disk").FullName;

    private string Disk => Path.Combine(_directory, "a.erofs");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_disk_that_looks_as_when_it_was_made_is_right_and_is_not_read()
    {
        var stamp = Make();
        Assert.Equal(stamp, DiskSeal.Check(Disk, null));
        Assert.Equal(stamp, DiskSeal.Check(Disk, stamp));
        File.Delete(DiskSeal.PathOf(Disk));
        Assert.Equal(stamp, DiskSeal.Check(Disk, stamp));
        Assert.Null(DiskSeal.Check(Disk, null));
    }

    [Fact]
    public void A_disk_that_was_touched_and_is_the_same_is_read_once()
    {
        var stamp = Make();
        File.SetUnixFileMode(Disk, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var now = DiskSeal.Check(Disk, stamp);
        Assert.NotNull(now);
        Assert.NotEqual(stamp, now);
        Assert.Equal(now, DiskSeal.Read(Disk)!.Stamp);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Content / 2)]
    [InlineData(Content - 1)]
    public void One_bit_anywhere_and_it_is_another(int at)
    {
        var stamp = Make();
        using (var file = new FileStream(Disk, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = at;
            var value = file.ReadByte();
            file.Position = at;
            file.WriteByte((byte)(value ^ 1));
        }

        Assert.Null(DiskSeal.Check(Disk, stamp));
    }

    [Theory]
    [InlineData("skerry-disk 1", "skerry-disk 2")]
    [InlineData("skerry-disk 1\n", "")]
    [InlineData("\n300000\n", "\nmany\n")]
    [InlineData("\n300000\n", "\n300000\n1 2 3\n")]
    public void A_seal_that_is_none_makes_the_disk_as_good_as_not_there(string part, string other)
    {
        Make();
        File.WriteAllText(DiskSeal.PathOf(Disk), File.ReadAllText(DiskSeal.PathOf(Disk)).Replace(part, other, StringComparison.Ordinal));
        Assert.Null(DiskSeal.Check(Disk, null));
    }

    private FileStamp Make()
    {
        var bytes = new byte[Content];
        new Random(7).NextBytes(bytes);
        File.WriteAllBytes(Disk, bytes);
        using var file = FileCalls.Open(null, Disk, OpenFlags.ReadWrite);
        var digest = DiskSeal.Hash(file, Content);
        FileCalls.SetLength(file, 1 << 30);
        var stamp = FileCalls.Status(file).Stamp;
        new DiskSeal(digest, Content, stamp).Write(Disk);
        return stamp;
    }
}
