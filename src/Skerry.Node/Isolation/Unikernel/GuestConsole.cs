using System.Text;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// What a guest's console said last, from the container's log (a line is TIME STREAM TAG TEXT, as the kubelet has it). A kernel that panics
/// restarts its machine, which ends the monitor as orderly as a shutdown does: only the console tells them apart.
/// </summary>
internal static class GuestConsole
{
    /// <summary>The exit code of a guest whose kernel panicked: that of a program that called abort(3).</summary>
    internal const int PanicCode = 134;

    // A serial port gives byte after byte, and each may be a line of its own in the log.
    private const int Most = 512 * 1024;
    private const int Lines = 3;
    private const string Sign = "Kernel panic - not syncing";

    /// <summary>The sentence of a panic near the end of a log, with what came before; null: there is none.</summary>
    internal static string? Panic(string log)
    {
        var lines = Tail(log);
        var at = lines.FindLastIndex(static l => l.Contains(Sign, StringComparison.Ordinal));
        return at < 0 ? null : string.Join(" | ", lines.Skip(Math.Max(0, at - Lines + 1)).Take(Math.Min(at + 1, Lines)));
    }

    private static List<string> Tail(string log)
    {
        if (!File.Exists(log))
        {
            return [];
        }

        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        var start = Math.Max(0, file.Length - Most);
        file.Position = start;
        var bytes = new byte[file.Length - start];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var console = new StringBuilder();
        foreach (var line in Encoding.UTF8.GetString(bytes, 0, read).Split('\n'))
        {
            if (line.Split(' ', 4) is [_, _, var tag, var text])
            {
                // P: the line goes on; F: it is full.
                console.Append(text).Append(tag == "F" ? "\n" : string.Empty);
            }
        }

        return
        [
            .. console.ToString().Split('\n')
                .Select(static t => new string([.. t.Where(static c => !char.IsControl(c))]).Trim())
                .Where(static t => t.Length > 0),
        ];
    }
}
