#pragma warning disable CS8981 // the kernel's own spelling of its structures
using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>termios.h and the terminal calls of sys/ioctl.h.</summary>
internal static partial class Termios
{
    /// <summary>asm-generic/ioctls.h: TIOCGWINSZ.</summary>
    internal const ulong TIOCGWINSZ = 0x5413;

    /// <summary>asm-generic/ioctls.h: TIOCSWINSZ.</summary>
    internal const ulong TIOCSWINSZ = 0x5414;

    /// <summary>asm-generic/ioctls.h: TIOCSPTLCK, _IOW('T', 0x31, int).</summary>
    internal const ulong TIOCSPTLCK = 0x40045431;

    /// <summary>asm-generic/ioctls.h: TIOCGPTPEER, _IO('T', 0x41).</summary>
    internal const ulong TIOCGPTPEER = 0x5441;

    /// <summary>bits/termios-tcflow.h: TCSADRAIN, after what was written has been sent.</summary>
    internal const int TCSADRAIN = 1;

    /// <summary>asm-generic/termios.h: struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct winsize
    {
        internal ushort ws_row;
        internal ushort ws_col;
        internal ushort ws_xpixel;
        internal ushort ws_ypixel;
    }

    /// <summary>bits/termios-struct.h: struct termios of glibc (60 bytes); only libc looks inside.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    internal struct termios
    {
    }

    [LibraryImport(Unistd.Libc, EntryPoint = "isatty", SetLastError = true)]
    internal static partial int IsATty(int fd);

    [LibraryImport(Unistd.Libc, EntryPoint = "tcgetattr", SetLastError = true)]
    internal static unsafe partial int TcGetAttr(int fd, termios* state);

    [LibraryImport(Unistd.Libc, EntryPoint = "tcsetattr", SetLastError = true)]
    internal static unsafe partial int TcSetAttr(int fd, int when, termios* state);

    [LibraryImport(Unistd.Libc, EntryPoint = "cfmakeraw")]
    internal static unsafe partial void CfMakeRaw(termios* state);

    [LibraryImport(Unistd.Libc, EntryPoint = "ioctl", SetLastError = true)]
    internal static unsafe partial int Ioctl(int fd, ulong request, void* argument);
}
