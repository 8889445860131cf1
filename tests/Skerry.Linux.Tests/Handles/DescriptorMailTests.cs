using System.Net.Sockets;
using Skerry.Linux.Files;

namespace Skerry.Linux.Tests.Handles;

/// <summary>Sealed files that are handed over a socket: the kernel is the oracle.</summary>
public sealed class DescriptorMailTests : IDisposable
{
    private readonly string _path = $"/tmp/skerry-mail-{Guid.NewGuid():N}";

    public void Dispose()
    {
        File.Delete(_path);
        File.Delete(_path + ".file");
    }

    [Fact]
    public void Files_arrive_in_order_and_a_sealed_copy_can_be_opened_for_writing_but_not_written()
    {
        var content = new byte[3 * 4096 + 5];
        content[8192] = 7;
        File.WriteAllBytes(_path + ".file", content);
        using var source = FileCalls.Open(null, _path + ".file", OpenFlags.Read);
        using var copy = MemoryFile.CopyOf("copy", source);
        using var other = MemoryFile.Create("other", "two"u8);
        var (here, there) = Pair();
        using (here)
        using (there)
        {
            DescriptorMail.Send(here.SafeHandle, copy, other);
            var got = DescriptorMail.Receive(there.SafeHandle, 2);
            Assert.Equal(content, MemoryFile.Content(got[0]));
            Assert.Equal("two"u8.ToArray(), MemoryFile.Content(got[1]));
            using (var file = new FileStream(got[0].ProcPath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0))
            {
                Assert.ThrowsAny<Exception>(() => file.Write([1]));
            }

            Assert.Equal(content, MemoryFile.Content(copy));
            Array.ForEach(got, static f => f.Dispose());
        }
    }

    [Fact]
    public void Another_number_of_files_than_agreed_is_refused_and_so_is_an_end()
    {
        using var file = MemoryFile.Create("one", "1"u8);
        var (here, there) = Pair();
        using (here)
        using (there)
        {
            DescriptorMail.Send(here.SafeHandle, file);
            Assert.Throws<LinuxException>(() => DescriptorMail.Receive(there.SafeHandle, 2));
            here.Send([1]);
            Assert.Throws<LinuxException>(() => DescriptorMail.Receive(there.SafeHandle, 1));
            here.Dispose();
            Assert.Throws<LinuxException>(() => DescriptorMail.Receive(there.SafeHandle, 1));
        }
    }

    private (Socket Here, Socket There) Pair()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_path));
        listener.Listen(1);
        var here = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        here.Connect(new UnixDomainSocketEndPoint(_path));
        return (here, listener.Accept());
    }
}
