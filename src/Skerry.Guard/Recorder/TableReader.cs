using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>A table of a block's content: where each of its rows is.</summary>
internal sealed class TableReader
{
    private readonly byte[] _content;
    private readonly int[] _ends;
    private readonly int _start;
    private readonly string _name;

    /// <exception cref="RecordFormatException">The rows do not fit into the section.</exception>
    public TableReader(ref ByteCursor section, byte[] content, string name)
    {
        _content = content;
        _name = name;
        var count = section.ReadCount("rows");
        if (count > RecordFormat.MaxRows)
        {
            throw section.Wrong($"has {count} rows; more than {RecordFormat.MaxRows} are not believed");
        }

        _ends = new int[count];
        long total = 0;
        for (var i = 0; i < count; i++)
        {
            total += section.ReadBelow(RecordFormat.MaxTable + 1, "a length of");
            _ends[i] = (int)Math.Min(total, int.MaxValue);
        }

        if (total != section.Left)
        {
            throw section.Wrong($"has rows of {total} bytes in {section.Left} bytes");
        }

        _start = section.Skip((int)total);
        for (var i = 0; i < count; i++)
        {
            _ends[i] += _start;
        }
    }

    public int Count => _ends.Length;

    public ByteCursor Row(int number)
    {
        var start = Start(number);
        return new ByteCursor(_content, start, _ends[number] - start, $"row {number} of the {_name}");
    }

    public Text Text(int number)
    {
        var start = Start(number);
        return new Text(_content, start, _ends[number] - start);
    }

    /// <summary>Reads the number of a text: 0 for absent text.</summary>
    public Text Text(ref ByteCursor cursor) => cursor.ReadBelow(Count + 1, "text") is > 0 and var number ? Text(number - 1) : default;

    private int Start(int number) => number == 0 ? _start : _ends[number - 1];
}
