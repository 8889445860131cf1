using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>The exec family of unistd.h, and what signal.h needs before it.</summary>
internal static partial class ExecCalls
{
    /// <summary>asm-generic/signal.h: SIGPIPE.</summary>
    internal const int SIGPIPE = 13;

    /// <summary>bits/signum-generic.h: SIG_DFL.</summary>
    internal const nint SIG_DFL = 0;

    [LibraryImport(Unistd.Libc, EntryPoint = "execv", SetLastError = true)]
    internal static unsafe partial int ExecV(byte* path, byte** argv);

    [LibraryImport(Unistd.Libc, EntryPoint = "signal", SetLastError = true)]
    internal static partial nint Signal(int number, nint handler);
}
