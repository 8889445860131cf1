using System.Globalization;
using System.Text;
using Skerry.Cli.Rendering;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Terminals;

/// <summary>
/// Shows long work, a line each object: on a terminal rewritten in place, elsewhere one plain line each time that an
/// object's status changes. <see cref="Finish"/> leaves the final state on the screen.
/// </summary>
internal sealed class ProgressView(TextOutput output, TimeProvider time, bool quiet)
{
    private const int BarWidth = 24;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(80);

    private readonly List<Progress> _lines = [];
    private readonly bool _inPlace = output.IsTerminal && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
    private int _drawn;
    private long _last;
    private bool _dirty;

    internal void Show(Progress progress)
    {
        if (quiet)
        {
            return;
        }

        var at = _lines.FindIndex(line => line.Id == progress.Id);
        var news = at < 0 || _lines[at].Status != progress.Status || (progress.Message.Length > 0 && _lines[at].Message != progress.Message);
        if (at < 0)
        {
            _lines.Add(progress);
        }
        else
        {
            _lines[at] = progress;
        }

        if (!_inPlace)
        {
            if (news)
            {
                output.Line(Humanise.Safe(Plain(progress)));
                output.Flush();
            }

            return;
        }

        _dirty = true;
        if (news || time.GetElapsedTime(_last) >= Pace)
        {
            Draw();
        }
    }

    internal void Finish()
    {
        if (_inPlace && _dirty)
        {
            Draw();
        }

        _drawn = 0;
        _lines.Clear();
    }

    /// <summary>One line for one object, at most <paramref name="columns"/> wide.</summary>
    internal static string Bar(Progress progress, int columns)
    {
        var text = new StringBuilder();
        text.Append(Humanise.Safe(progress.Id).PadRight(13)).Append(progress.Status.PadRight(12));
        if (progress.Total > 0 && progress.Status is not ("done" or "exists"))
        {
            var share = Math.Clamp((double)progress.Current / progress.Total, 0, 1);
            var full = (int)(share * BarWidth);
            text.Append('[').Append('=', full).Append(full < BarWidth ? ">" : "").Append(' ', Math.Max(0, BarWidth - full - 1)).Append("] ")
                .Append(((int)(share * 100)).ToString(CultureInfo.InvariantCulture).PadLeft(3)).Append("%  ")
                .Append(Humanise.Size(progress.Current)).Append(" / ").Append(Humanise.Size(progress.Total));
        }
        else if (progress.Current > 0 || progress.Total > 0)
        {
            text.Append(Humanise.Size(Math.Max(progress.Current, progress.Total)));
        }

        if (progress.Message.Length > 0)
        {
            text.Append("  ").Append(Humanise.Safe(progress.Message));
        }

        return Humanise.Ellipsis(text.ToString().TrimEnd(), Math.Max(20, columns - 1));
    }

    private static string Plain(Progress progress)
    {
        var size = progress.Total > 0 ? $" {Humanise.Size(progress.Total)}" : "";
        return $"{progress.Id}: {progress.Status}{size}{(progress.Message.Length > 0 ? $": {progress.Message}" : "")}";
    }

    private void Draw()
    {
        var size = Terminal.Size(output.Descriptor) ?? new WindowSize(80, 24);
        var room = Math.Max(1, size.Rows - 1);
        if (_drawn > 0)
        {
            output.Write($"\x1b[{Math.Min(_drawn, room)}A\r");
        }

        var shown = _lines.Count <= room ? _lines : _lines.GetRange(_lines.Count - room, room);
        foreach (var line in shown)
        {
            output.Write(Bar(line, size.Columns)).Write("\x1b[K\n");
        }

        output.Flush();
        _drawn = shown.Count;
        _last = time.GetTimestamp();
        _dirty = false;
    }
}
