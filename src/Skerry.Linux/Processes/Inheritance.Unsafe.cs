using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>Which descriptors of this process a program gets that this process becomes (<see cref="Exec"/>).</summary>
public static class Inheritance
{
    private const int F_GETFD = 1;
    private const int F_SETFD = 2;

    /// <summary>Nothing from this number on passes (close_range(2) with CLOSE_RANGE_CLOEXEC, Linux 5.11).</summary>
    /// <returns>False on an older kernel: nothing has changed.</returns>
    public static bool StopFrom(int first) =>
        MemoryFileCalls.CloseRange((uint)first, uint.MaxValue, MemoryFileCalls.CLOSE_RANGE_CLOEXEC) == 0;

    /// <summary>This one passes, under its own number.</summary>
    public static void Pass(FileDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        LinuxException.ThrowIfFailed(SpawnCalls.Fcntl(descriptor.Number, F_SETFD, 0), "fcntl", "F_SETFD");
    }

    /// <summary>Whether a descriptor of this number is open.</summary>
    public static bool IsOpen(int number) => SpawnCalls.Fcntl(number, F_GETFD, 0) >= 0;
}
