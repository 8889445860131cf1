using System.Text;

namespace Skerry.Vmm.Hold;

/// <summary>
/// The last of what a machine printed, to be quoted when it ends: a kernel's panic, where there is one, from its first line. It is a stranger's text: only
/// what can be shown is kept.
/// </summary>
internal sealed class GuestConsole
{
    private const int Kept = 8192; // a panic is followed by registers and the stack
    private const int Lines = 6;
    private const int LineLength = 200;
    private const string Panic = "Kernel panic - not syncing";
    private readonly Lock _lock = new(); // guards the two below
    private readonly byte[] _ring = new byte[Kept];
    private long _written;

    /// <summary>Takes note of more.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (var one in bytes)
            {
                _ring[_written++ % Kept] = one;
            }
        }
    }

    /// <summary>Whether a kernel panicked, by what it printed.</summary>
    internal bool HasPanic => Everything().Exists(IsPanic);

    /// <summary>The last lines, or those of a panic, for a sentence; empty when there are none.</summary>
    internal string Last()
    {
        var lines = Everything();
        var panic = lines.FindIndex(IsPanic);
        return string.Join(" | ", panic < 0 ? lines.TakeLast(Lines) : lines.Skip(panic).Take(Lines));
    }

    private static bool IsPanic(string line) => line.Contains(Panic, StringComparison.Ordinal);

    /// <summary>All lines that are kept.</summary>
    private List<string> Everything()
    {
        string text;
        lock (_lock)
        {
            var count = (int)Math.Min(_written, Kept);
            var bytes = new byte[count];
            for (var i = 0; i < count; i++)
            {
                bytes[i] = _ring[(_written - count + i) % Kept];
            }

            text = Encoding.UTF8.GetString(bytes);
        }

        return [.. text.Split('\n', '\r').Select(Shown).Where(static l => l.Length > 0)];
    }

    private static string Shown(string line)
    {
        var shown = new StringBuilder(line.Length);
        foreach (var character in line)
        {
            shown.Append(char.IsControl(character) || character == '\uFFFD' ? ' ' : character);
        }

        var text = shown.ToString().Trim();
        return text.Length > LineLength ? text[..LineLength] + "…" : text;
    }
}
