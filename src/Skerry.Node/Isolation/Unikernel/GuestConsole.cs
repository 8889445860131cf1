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

    private const int Most = 16 * 1024;
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
        return
        [
            .. Encoding.UTF8.GetString(bytes, 0, read).Split('\n')
                .Select(static l => l.Split(' ', 4) is [_, _, _, var text] ? text : string.Empty)
                .Select(static t => new string([.. t.Where(static c => !char.IsControl(c))]).Trim())
                .Where(static t => t.Length > 0),
        ];
    }
}
