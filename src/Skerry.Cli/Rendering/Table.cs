using System.Text;

namespace Skerry.Cli.Rendering;

/// <summary>Rows under headings, aligned by spaces. Every cell is made safe for a terminal.</summary>
internal sealed class Table(params string[] headings)
{
    private const int Gap = 3;
    private readonly List<string[]> _rows = [];

    internal Table Row(params string[] cells)
    {
        _rows.Add(Array.ConvertAll(cells, Humanise.Safe));
        return this;
    }

    public override string ToString()
    {
        var widths = new int[headings.Length];
        foreach (var row in _rows.Prepend(headings))
        {
            for (var i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], Width(row[i]));
            }
        }

        var text = new StringBuilder();
        foreach (var row in _rows.Prepend(headings))
        {
            var line = new StringBuilder();
            for (var i = 0; i < row.Length; i++)
            {
                line.Append(row[i]);
                line.Append(' ', widths[i] - Width(row[i]) + Gap);
            }

            text.Append(line.ToString().AsSpan().TrimEnd(' ')).Append('\n');
        }

        return text.ToString();
    }

    private static int Width(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark ? 0 : 1;
        }

        return width;
    }
}
