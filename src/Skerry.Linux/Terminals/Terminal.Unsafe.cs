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
}
