using System.Buffers.Text;
using System.Globalization;

namespace Skerry.Linux.Processes;

/// <summary>A process that cannot be mistaken for a later one with the same pid: pid and start time (proc_pid_stat(5), field 22).</summary>
/// <param name="Pid">Process id in this pid namespace.</param>
/// <param name="Start">Clock ticks after boot.</param>
public readonly record struct ProcessIdentity(int Pid, ulong Start)
{
    private const uint Exiting = 4; // PF_EXITING (linux/sched.h)

    /// <summary>Reads the identity of a living process; null when there is none with that pid.</summary>
    public static ProcessIdentity? Of(int pid) => ReadStat(pid) is { } stat ? new ProcessIdentity(pid, stat.Start) : null;

    /// <summary>The parent's pid; null when the process is gone.</summary>
    public static int? ParentOf(int pid) => ReadStat(pid)?.Parent;

    /// <summary>Opens a descriptor for exactly this process; null when it is gone, also where another has its pid now.</summary>
    public FileDescriptor? TryOpen()
    {
        if (Pid <= 0)
        {
            return null;
        }

        // Open first, compare then: what was opened cannot change any more.
        var opened = PidFd.TryOpen(Pid);
        if (opened is not null && ReadStat(Pid)?.Start != Start)
        {
            opened.Dispose();
            return null;
        }

        return opened;
    }

    /// <summary>Opens a namespace of exactly this process (namespaces(7): net, mnt …); null when it is gone.</summary>
    public FileDescriptor? OpenNamespace(string kind)
    {
        if (!IsAlive())
        {
            return null;
        }

        var (opened, _) = Files.FileCalls.TryOpen(null, string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/ns/{kind}"), Files.OpenFlags.Read);
        if (opened is not null && !IsAlive())
        {
            opened.Dispose();
            return null;
        }

        return opened;
    }

    /// <summary>Sends a signal. False: the process is gone.</summary>
    public bool Signal(int signal)
    {
        using var opened = TryOpen();
        return opened is not null && PidFd.Signal(opened, signal, Pid);
    }

    /// <summary>Whether exactly this process is alive (a zombie is not).</summary>
    public bool IsAlive() => ReadAlive() is not null;

    /// <summary>
    /// Whether exactly this process is alive and is not ending. The first process of a pid namespace ends only after all others of it have, which the
    /// kernel kills first (zap_pid_ns_processes): until then it is alive, and runs no more of its program.
    /// </summary>
    public bool IsRunning() => ReadAlive() is { IsExiting: false };

    /// <summary>What the kernel says of exactly this process; null when it is gone, or a zombie.</summary>
    private (int Parent, ulong Start, char State, bool IsExiting)? ReadAlive() =>
        Pid > 0 && ReadStat(Pid) is { } stat && stat.Start == Start && stat.State is not ('Z' or 'X' or 'x') ? stat : null;

    private static (int Parent, ulong Start, char State, bool IsExiting)? ReadStat(int pid)
    {
        const int Most = 1024; // 52 numbers, and a name of 16 bytes
        using var file = Files.FileCalls.TryOpen(null, string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"), Files.OpenFlags.Read).Opened;
        if (file is null)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[Most];
        try
        {
            bytes = bytes[..Files.FileCalls.Read(file, bytes, 0, "/proc/PID/stat")];
        }
        catch (LinuxException)
        {
            return null; // it was there a moment ago
        }

        // The name may hold spaces and brackets; the fields begin after the last one.
        const int Parent = 1, Flags = 6, Start = 19;
        var name = bytes.LastIndexOf((byte)')');
        ReadOnlySpan<byte> rest = name < 0 ? [] : bytes[Math.Min(bytes.Length, name + 2)..];
        Span<Range> fields = stackalloc Range[Start + 2];
        var count = 0;
        for (var at = 0; count < fields.Length && at < rest.Length; count++)
        {
            var length = rest[at..].IndexOf((byte)' ');
            length = length < 0 ? rest.Length - at : length;
            fields[count] = at..(at + length);
            at += length + 1;
        }

        return count > Start
            && Utf8Parser.TryParse(rest[fields[Parent]], out int parent, out _)
            && Utf8Parser.TryParse(rest[fields[Flags]], out uint flags, out _)
            && Utf8Parser.TryParse(rest[fields[Start]], out ulong start, out _)
            ? (parent, start, (char)rest[0], (flags & Exiting) != 0)
            : null;
    }
}
