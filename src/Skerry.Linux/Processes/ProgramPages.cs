using System.Globalization;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// The pages of a program and its libraries that are in memory as they are on disk. Start-up touches many that are never needed again, and
/// they count as the process' own memory as long as they are mapped.
/// </summary>
public static class ProgramPages
{
    /// <summary>
    /// Unmaps them; what is used again comes back from the page cache. Only mappings that cannot be written and have no page of the
    /// process' own (proc(5), smaps: Anonymous) are touched: one that was relocated would lose that.
    /// </summary>
    /// <returns>Bytes that were mapped.</returns>
    public static long Drop()
    {
        long dropped = 0;
        (nint Start, nuint Length)? place = null;
        long resident = 0;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (IsHeader(line))
            {
                place = Place(line);
                resident = 0;
            }
            else if (place is null)
            {
                continue;
            }
            else if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                resident = Kilobytes(line);
            }
            else if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                var (start, length) = place.Value;
                if (Kilobytes(line) == 0 && resident > 0 && MemoryAdvice.Advise(start, length, MemoryAdvice.DontNeed) == 0)
                {
                    dropped += resident * 1024;
                }

                place = null;
            }
        }

        return dropped;
    }

    /// <summary>A mapping begins with its addresses in hexadecimal digits; its counters begin with a capital letter.</summary>
    private static bool IsHeader(string line) => line.Length > 0 && (char.IsAsciiDigit(line[0]) || line[0] is >= 'a' and <= 'f');

    /// <summary>The place of a private mapping of a file that cannot be written; null: another kind.</summary>
    private static (nint Start, nuint Length)? Place(string line)
    {
        var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 6 || fields[1] is not ("r--p" or "r-xp") || !fields[5].StartsWith('/'))
        {
            return null;
        }

        var dash = fields[0].IndexOf('-', StringComparison.Ordinal);
        var start = ulong.Parse(fields[0].AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var end = ulong.Parse(fields[0].AsSpan(dash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return (checked((nint)start), checked((nuint)(end - start)));
    }

    private static long Kilobytes(string line) =>
        long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
}
