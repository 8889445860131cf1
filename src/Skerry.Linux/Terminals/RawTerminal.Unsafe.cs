using Skerry.Linux.Interop;

namespace Skerry.Linux.Terminals;

/// <summary>
/// A terminal in raw mode: keys arrive as bytes, nothing is echoed, Ctrl-C is a byte. <see cref="Dispose"/> puts back
/// exactly the state that was found, once or often, from any thread; the owner calls it on every way out, signals included.
/// </summary>
public sealed class RawTerminal : IDisposable
{
    private readonly int _fd;
    private readonly Lock _gate = new(); // guards _raw and the terminal's state
    private Termios.termios _found;
    private bool _raw;

    private RawTerminal(int fd) => _fd = fd;

    /// <summary>Switches <paramref name="fd"/> to raw mode (cfmakeraw(3)).</summary>
    /// <exception cref="LinuxException">It is no terminal, or this process is in its background and may not.</exception>
    public static unsafe RawTerminal Enter(int fd)
    {
        var terminal = new RawTerminal(fd);
        fixed (Termios.termios* found = &terminal._found)
        {
            LinuxException.ThrowIfFailed(Termios.TcGetAttr(fd, found), "tcgetattr", $"fd {fd}");
        }

        terminal.Reenter();
        return terminal;
    }

    /// <summary>Raw mode again, after the process was stopped and continued.</summary>
    public unsafe void Reenter()
    {
        lock (_gate)
        {
            var raw = _found;
            Termios.CfMakeRaw(&raw);
            LinuxException.ThrowIfFailed(Termios.TcSetAttr(_fd, Termios.TCSADRAIN, &raw), "tcsetattr", $"fd {_fd}");
            _raw = true;
        }
    }

    /// <inheritdoc/>
    public unsafe void Dispose()
    {
        lock (_gate)
        {
            if (!_raw)
            {
                return;
            }

            _raw = false;
            fixed (Termios.termios* found = &_found)
            {
                // A terminal that has been hung up cannot be restored and needs no restoring.
                _ = Termios.TcSetAttr(_fd, Termios.TCSADRAIN, found);
            }
        }
    }
}
