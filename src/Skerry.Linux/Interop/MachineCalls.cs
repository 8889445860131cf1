using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/reboot.h, time.h, linux/module.h, linux/random.h and linux/fs.h: what changes the machine as a whole.</summary>
internal static unsafe partial class MachineCalls
{
    /// <summary>linux/reboot.h: LINUX_REBOOT_CMD_POWER_OFF.</summary>
    internal const int PowerOff = 0x4321FEDC;

    /// <summary>linux/reboot.h: LINUX_REBOOT_CMD_RESTART.</summary>
    internal const int Restart = 0x01234567;

    internal const int CLOCK_REALTIME = 0;
    internal const int CLOCK_BOOTTIME = 7;

    // linux/random.h: _IOW('R', 0x03, int[2]) and _IO('R', 0x07).
    internal const ulong RNDADDENTROPY = 0x40085203;
    internal const ulong RNDRESEEDCRNG = 0x5207;

    /// <summary>linux/fs.h: _IO(0x12, 97).</summary>
    internal const ulong BLKFLSBUF = 0x1261;

    /// <summary>finit_module: asm/unistd_64.h of x86, asm-generic/unistd.h of arm64.</summary>
    internal static nint SysFinitModule => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 273 : 313;

    [LibraryImport(Unistd.Libc, EntryPoint = "reboot", SetLastError = true)]
    internal static partial int Reboot(int command);

    [LibraryImport(Unistd.Libc, EntryPoint = "sync")]
    internal static partial void Sync();

    [LibraryImport(Unistd.Libc, EntryPoint = "sethostname", SetLastError = true)]
    internal static partial int SetHostName(byte* name, nuint length);

    [LibraryImport(Unistd.Libc, EntryPoint = "clock_settime", SetLastError = true)]
    internal static partial int ClockSetTime(int clock, TimeSpec* time);

    [LibraryImport(Unistd.Libc, EntryPoint = "clock_gettime", SetLastError = true)]
    internal static partial int ClockGetTime(int clock, TimeSpec* time);

    [LibraryImport(Unistd.Libc, EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChangeRoot(string path);

    /// <summary>struct timespec of the 64-bit ABI.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }
}
