using Skerry.Linux.Processes;
using Skerry.Linux.Terminals;

namespace Skerry.Linux.Tests.Terminals;

/// <summary>A terminal that another program hands over.</summary>
public sealed class ConsoleSocketTests
{
    // What an OCI runtime does, in a few lines: a new terminal, one message with its main end.
    private const string Sender = """
        import array, os, pty, socket, sys
        main, peer = pty.openpty()
        os.write(peer, b"from the terminal")
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        s.sendmsg([b"ptmx"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [main] * int(sys.argv[2])))] if sys.argv[2] != "0" else [])
        """;

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void What_is_handed_over_is_taken_and_nothing_else(int descriptors, bool isTaken)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "python3 is missing");
        var directory = Directory.CreateTempSubdirectory("skerry-tty-");
        try
        {
            var path = Path.Combine(directory.FullName, "s");
            using var socket = ConsoleSocket.Listen(path);
            Assert.Null(socket.TryReceive());
            using var child = Spawn.Start(new SpawnRequest { Path = "/usr/bin/python3", Arguments = ["-c", Sender, path, $"{descriptors}"] });
            Assert.Equal(0, child.Wait(TimeSpan.FromSeconds(20)));
            if (!isTaken)
            {
                Assert.Throws<LinuxException>(() => socket.TryReceive());
                return;
            }

            using var terminal = socket.TryReceive();
            Assert.NotNull(terminal);
            Assert.True(Terminal.Is(terminal.Number));
            Terminal.SetSize(terminal, new WindowSize(91, 17));
            Assert.Equal(new WindowSize(91, 17), Terminal.Size(terminal.Number));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
