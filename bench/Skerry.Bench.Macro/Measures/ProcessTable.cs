using System.Globalization;
using Skerry.Bench.Macro.Interop;

namespace Skerry.Bench.Macro.Measures;

/// <summary>The processes of the bench's own pid namespace, and what they hold.</summary>
internal static class ProcessTable
{
    public static IEnumerable<int> Pids() =>
        Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out int pid) ? pid : 0)
            .Where(pid => pid > 0);

    public static int Count() => Pids().Count();

    public static string Name(int pid) => Try(() => File.ReadAllText($"/proc/{pid}/comm").Trim(), "");

    /// <summary>Proportional set size in bytes: shared pages are divided among their users (proc(5), smaps_rollup).</summary>
    public static long Pss(int pid) => Field(pid, "smaps_rollup", "Pss:");

    public static long PrivateDirty(int pid) => Field(pid, "smaps_rollup", "Private_Dirty:");

    public static long Resident(int pid) => Field(pid, "status", "VmRSS:");

    public static int Descriptors(int pid) => Try(() => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length, 0);

    public static int Threads(int pid) => Try(() => Directory.GetDirectories($"/proc/{pid}/task").Length, 0);

    public static IReadOnlyList<string> Mounts(int pid) => Try(() => File.ReadAllLines($"/proc/{pid}/mountinfo"), []);

    /// <summary>CPU time so far, of all threads, to the nanosecond.</summary>
    public static TimeSpan Cpu(int pid) =>
        Libc.clock_gettime(Libc.ProcessClock(pid), out Libc.TimeSpec time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0)
            : throw new BenchException($"process {pid} is not there any more");

    private static long Field(int pid, string file, string field) =>
        Try(
            () => File.ReadLines($"/proc/{pid}/{file}").Where(l => l.StartsWith(field, StringComparison.Ordinal))
                .Select(l => long.Parse(l.AsSpan(field.Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) * 1024)
                .FirstOrDefault(),
            0L);

    /// <summary>A process may end between being listed and being read.</summary>
    private static T Try<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return otherwise;
        }
    }
}
