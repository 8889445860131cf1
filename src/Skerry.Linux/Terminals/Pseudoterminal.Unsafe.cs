using Skerry.Linux.Interop;

namespace Skerry.Linux.Terminals;

/// <summary>
/// Both ends of a new pseudoterminal (pty(7)): what is written to the main end arrives at the peer as if typed. Not the
/// controlling terminal of anybody until a session leader takes it.
/// </summary>
public sealed class Pseudoterminal : IDisposable
{
    private Pseudoterminal(FileDescriptor main, FileDescriptor peer)
    {
        Main = main;
        Peer = peer;
    }

    /// <summary>The end of the one who shows and types.</summary>
    public FileDescriptor Main { get; }

    /// <summary>The end of the programs: their standard streams.</summary>
    public FileDescriptor Peer { get; }

    /// <summary>Makes one.</summary>
    /// <exception cref="LinuxException">There are no more (ENOSPC), or /dev/ptmx is not there.</exception>
    public static unsafe Pseudoterminal Open()
    {
        const int readWrite = 0x2; // asm-generic/fcntl.h: O_RDWR
        const int noControl = 0x100; // O_NOCTTY
        var main = LinuxFile.OpenPath("/dev/ptmx", readWrite | noControl);
        try
        {
            var locked = 0;
            LinuxException.ThrowIfFailed(Termios.Ioctl(main.Number, Termios.TIOCSPTLCK, &locked), "ioctl TIOCSPTLCK", "/dev/ptmx");

            // By handle, so that it works in any mount namespace (Linux 4.13 and later).
            var peer = LinuxException.ThrowIfFailed(
                Termios.Ioctl(main.Number, Termios.TIOCGPTPEER, (void*)(readWrite | noControl | 0x80000)), "ioctl TIOCGPTPEER", "/dev/ptmx");
            return new Pseudoterminal(main, new FileDescriptor(peer));
        }
        catch
        {
            main.Dispose();
            throw;
        }
    }

    /// <summary>Sets the size; the programs in the foreground get SIGWINCH.</summary>
    public unsafe void SetSize(WindowSize size)
    {
        var set = new Termios.winsize { ws_col = (ushort)size.Columns, ws_row = (ushort)size.Rows };
        LinuxException.ThrowIfFailed(Termios.Ioctl(Main.Number, Termios.TIOCSWINSZ, &set), "ioctl TIOCSWINSZ", "terminal");
    }

    /// <summary>Whether the terminal echoes and edits lines, as it does outside raw mode.</summary>
    public unsafe bool IsCooked
    {
        get
        {
            // bits/termios-struct.h: c_iflag, c_oflag, c_cflag, c_lflag, 32 bits each; bits/termios-c_lflag.h: ICANON.
            Termios.termios state;
            LinuxException.ThrowIfFailed(Termios.TcGetAttr(Main.Number, &state), "tcgetattr", "terminal");
            return (((uint*)&state)[3] & 0x2) != 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Main.Dispose();
        Peer.Dispose();
    }
}
