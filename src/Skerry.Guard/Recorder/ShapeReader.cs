using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>A shape of events as a block has it, with the places of its arguments in this version.</summary>
internal sealed class ShapeReader
{
    private const int MostArguments = 48;

    private ShapeReader(EventType? type, EventShape.Properties has, int[] positions, byte[] kinds)
    {
        Type = type;
        Has = has;
        Positions = positions;
        Kinds = kinds;
        Last = new long[kinds.Length];
    }

    /// <summary>The kind of event; null where this version has none such.</summary>
    public EventType? Type { get; }

    public EventShape.Properties Has { get; }

    /// <summary>Of each argument its place in <see cref="EventType.Arguments"/>; -1 where this version has none such.</summary>
    public int[] Positions { get; }

    /// <summary>Of each argument whether it is a number, a text, both, or absent.</summary>
    public byte[] Kinds { get; }

    /// <summary>Of each argument the number it was last.</summary>
    public long[] Last { get; }

    /// <exception cref="RecordFormatException">A row is not one.</exception>
    public static ShapeReader[] ReadAll(TableReader types, TableReader shapes, TableReader texts)
    {
        if (types.Count > RecordFormat.MaxTypes)
        {
            throw new RecordFormatException($"the content has {types.Count} kinds of events; more than {RecordFormat.MaxTypes} are not believed");
        }

        var known = new (EventType? Type, int[] Positions)[types.Count];
        for (var i = 0; i < known.Length; i++)
        {
            var row = types.Row(i);
            known[i] = ReadType(ref row, texts);
        }

        var all = new ShapeReader[shapes.Count];
        for (var i = 0; i < all.Length; i++)
        {
            var row = shapes.Row(i);
            var (type, positions) = known[row.ReadBelow(known.Length, "kind of event")];
            var has = (EventShape.Properties)row.ReadBelow((int)EventShape.Properties.All + 1, "properties");
            var kinds = new byte[positions.Length];
            for (var k = 0; k < kinds.Length; k++)
            {
                kinds[k] = (byte)row.ReadBelow(EventShape.NamedNumber + 1, "kind of argument");
            }

            row.End();
            all[i] = new ShapeReader(type, has, positions, kinds);
        }

        return all;
    }

    private static (EventType? Type, int[] Positions) ReadType(ref ByteCursor row, TableReader texts)
    {
        var type = EventTypes.Find(Name(ref row, texts));
        List<int> positions = [];
        while (!row.IsAtEnd)
        {
            if (positions.Count == MostArguments)
            {
                throw row.Wrong($"has more than {MostArguments} arguments");
            }

            var name = Name(ref row, texts);
            positions.Add(type is null ? -1 : positions.Count < type.Arguments.Count && type.Arguments[positions.Count] == name ? positions.Count : IndexOf(type, name));
        }

        return (type, [.. positions]);
    }

    private static string Name(ref ByteCursor row, TableReader texts)
    {
        var name = texts.Text(ref row);
        return name.Length <= RecordFormat.MaxName ? name.ToString() : throw row.Wrong($"has a name of {name.Length} bytes");
    }

    private static int IndexOf(EventType type, string argument)
    {
        for (var i = 0; i < type.Arguments.Count; i++)
        {
            if (type.Arguments[i] == argument)
            {
                return i;
            }
        }

        return -1;
    }
}
