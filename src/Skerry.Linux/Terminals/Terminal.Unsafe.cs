using Skerry.Linux.Interop;

namespace Skerry.Linux.Terminals;

/// <summary>What can be asked of a file descriptor that may be a terminal.</summary>
public static class Terminal
{
    /// <summary>Whether <paramref name="fd"/> is a terminal (isatty(3)).</summary>
    public static bool Is(int fd) => Termios.IsATty(fd) == 1;

    /// <summary>The terminal's size, or null where <paramref name="fd"/> is no terminal or does not know (0 columns).</summary>
    public static unsafe WindowSize? Size(int fd)
    {
        Termios.winsize size;
        return Termios.Ioctl(fd, Termios.TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0
            ? new WindowSize(size.ws_col, size.ws_row)
            : null;
    }

    /// <summary>Sets the size of the terminal whose main end this is; the programs in the foreground get SIGWINCH.</summary>
    public static unsafe void SetSize(FileDescriptor main, WindowSize size)
    {
        ArgumentNullException.ThrowIfNull(main);
        var set = new Termios.winsize { ws_col = (ushort)size.Columns, ws_row = (ushort)size.Rows };
        LinuxException.ThrowIfFailed(Termios.Ioctl(main.Number, Termios.TIOCSWINSZ, &set), "ioctl TIOCSWINSZ", "terminal");
    }
}
