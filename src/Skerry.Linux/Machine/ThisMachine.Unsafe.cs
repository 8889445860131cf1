using System.Text;
using Skerry.Linux.Files;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Machine;

/// <summary>What the first process of a machine does to it. All of it needs root, and most of it is for nobody else.</summary>
public static class ThisMachine
{
    /// <summary>Time since the machine started, its sleep included (CLOCK_BOOTTIME).</summary>
    public static unsafe ulong BootNanoseconds
    {
        get
        {
            MachineCalls.TimeSpec time;
            LinuxException.ThrowIfFailed(MachineCalls.ClockGetTime(MachineCalls.CLOCK_BOOTTIME, &time), "clock_gettime", "CLOCK_BOOTTIME");
            return ((ulong)time.Seconds * 1_000_000_000) + (ulong)time.Nanoseconds;
        }
    }

    /// <summary>Sets the wall clock (CLOCK_REALTIME).</summary>
    public static unsafe void SetClock(long unixNanoseconds)
    {
        var time = new MachineCalls.TimeSpec { Seconds = unixNanoseconds / 1_000_000_000, Nanoseconds = unixNanoseconds % 1_000_000_000 };
        LinuxException.ThrowIfFailed(MachineCalls.ClockSetTime(MachineCalls.CLOCK_REALTIME, &time), "clock_settime", "CLOCK_REALTIME");
    }

    /// <summary>Sets the host name of the caller's UTS namespace (sethostname(2)).</summary>
    public static unsafe void SetHostName(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* first = bytes)
        {
            LinuxException.ThrowIfFailed(MachineCalls.SetHostName(first, (nuint)bytes.Length), "sethostname", name);
        }
    }

    /// <summary>
    /// Mixes bytes into the kernel's pool, counts them as entropy, and has the generator take a new key from it at once (random(4)):
    /// two machines that were copies of one another part here.
    /// </summary>
    public static unsafe void AddEntropy(ReadOnlySpan<byte> bytes)
    {
        using var device = FileCalls.Open(null, "/dev/urandom", OpenFlags.ReadWrite);
        // struct rand_pool_info (linux/random.h): bits, bytes, then the bytes.
        var request = new byte[8 + bytes.Length];
        BitConverter.TryWriteBytes(request, bytes.Length * 8);
        BitConverter.TryWriteBytes(request.AsSpan(4), bytes.Length);
        bytes.CopyTo(request.AsSpan(8));
        fixed (byte* first = request)
        {
            LinuxException.ThrowIfFailed(Termios.Ioctl(device.Number, MachineCalls.RNDADDENTROPY, first), "ioctl", "RNDADDENTROPY");
        }

        LinuxException.ThrowIfFailed(Termios.Ioctl(device.Number, MachineCalls.RNDRESEEDCRNG, null), "ioctl", "RNDRESEEDCRNG");
    }

    /// <summary>Loads a kernel module from its file (finit_module(2)).</summary>
    /// <returns>False where it is there already.</returns>
    public static unsafe bool LoadModule(string path)
    {
        using var file = FileCalls.Open(null, path, OpenFlags.Read);
        byte none = 0;
        if (SpawnCalls.Syscall(MachineCalls.SysFinitModule, file.Number, (nint)(&none), 0, 0) == 0)
        {
            return true;
        }

        var error = (Errno)System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        return error == Errno.EEXIST ? false : throw LinuxException.Of("finit_module", path, error);
    }

    /// <summary>Drops what the kernel remembers of a block device's content (BLKFLSBUF), which may be another by now.</summary>
    public static unsafe void ForgetContent(string device)
    {
        using var file = FileCalls.Open(null, device, OpenFlags.Read);
        LinuxException.ThrowIfFailed(Termios.Ioctl(file.Number, MachineCalls.BLKFLSBUF, null), "ioctl BLKFLSBUF", device);
    }

    /// <summary>Has everything written to the disks that is not yet (sync(2)).</summary>
    public static void Sync() => MachineCalls.Sync();

    /// <summary>Switches the machine off, at once (reboot(2)). Does not come back where it worked.</summary>
    public static void PowerOff() => LinuxException.ThrowIfFailed(MachineCalls.Reboot(MachineCalls.PowerOff), "reboot", "LINUX_REBOOT_CMD_POWER_OFF");

    /// <summary>Starts the machine anew, at once (reboot(2)). Does not come back where it worked.</summary>
    public static void Reset() => LinuxException.ThrowIfFailed(MachineCalls.Reboot(MachineCalls.Restart), "reboot", "LINUX_REBOOT_CMD_RESTART");

    /// <summary>
    /// Puts the mount at a path over the first root of the machine and makes it the root of this process. What enters a mount namespace
    /// that comes from this one arrives in it, too, and pivot_root(2) can leave it, which the first root does not allow.
    /// </summary>
    public static void SwitchRoot(string mount)
    {
        const ulong MS_MOVE = 0x2000;
        LinuxException.ThrowIfFailed(SchedMount.ChangeDirectory(mount), "chdir", mount);
        LinuxException.ThrowIfFailed(SchedMount.Mount(".", "/", null, MS_MOVE, null), "mount", $"{mount} moved to /");
        LinuxException.ThrowIfFailed(MachineCalls.ChangeRoot("."), "chroot", mount);
        LinuxException.ThrowIfFailed(SchedMount.ChangeDirectory("/"), "chdir", "/");
    }
}
