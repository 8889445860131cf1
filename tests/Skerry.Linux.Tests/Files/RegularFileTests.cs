using Skerry.Linux.Files;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Tests.Files;

public sealed class RegularFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("regular-files-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_file_is_read_from_its_first_byte_to_its_last_and_not_one_byte_more_than_it_may_have(int length)
    {
        var path = Path.Combine(_directory, "file");
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        Assert.Equal(bytes, RegularFile.Read(path, length));
        Assert.Equal(bytes, RegularFile.Read(path, 1 << 30));
        if (length > 0)
        {
            Assert.Equal($"more than {length - 1} bytes", Assert.Throws<IOException>(() => RegularFile.Read(path, length - 1)).Message);
        }
    }

    [Fact]
    public void A_file_of_the_kernel_whose_length_is_said_to_be_nothing_is_read_whole() =>
        Assert.Equal(File.ReadAllBytes("/proc/version"), RegularFile.Read("/proc/version", 4096));

    [Fact]
    public void The_null_device_is_an_empty_file_and_one_without_an_end_is_too_long()
    {
        Assert.Empty(RegularFile.Read("/dev/null", 4096));
        Assert.Equal("more than 4096 bytes", Assert.Throws<IOException>(() => RegularFile.Read("/dev/zero", 4096)).Message);
    }

    [Fact]
    public void A_link_is_followed_and_what_is_not_there_is_told_by_its_name()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "text");
        File.CreateSymbolicLink(Path.Combine(_directory, "link"), "file");
        Assert.Equal("text"u8.ToArray(), RegularFile.Read(Path.Combine(_directory, "link"), 4));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => RegularFile.Read(Path.Combine(_directory, "none"), 4)).Error);
    }

    /// <summary>Who opened it would wait for ever, and who read it would never come to an end.</summary>
    [Theory]
    [InlineData("fifo", "FIFO")]
    [InlineData(".", "directory")]
    [InlineData("/dev/ptmx", "device")]
    public async Task What_is_no_file_is_refused_at_once(string name, string kind)
    {
        using var root = FileCalls.Open(null, _directory, OpenFlags.Read | OpenFlags.Directory);
        FileCalls.MakeNode(root, "fifo", FileKind.Fifo, 0x180);
        var read = Task.Run(() => RegularFile.Read(Path.Combine(_directory, name), 1 << 20));
        Assert.Equal($"it is a {kind}, where a file is wanted", (await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(TimeSpan.FromSeconds(30)))).Message);
    }
}
