namespace Skerry.Guard.Events;

/// <summary>Names of numbers: of each bit, or of each value.</summary>
internal sealed class FlagNames
{
    private readonly (Text Name, long Value)[] _names;
    private readonly bool _separated;

    /// <param name="separated">True where several names can hold at once, each for its bits.</param>
    /// <param name="names">The names, in the order in which they are written.</param>
    public FlagNames(bool separated, params ReadOnlySpan<(string Name, long Value)> names)
    {
        _separated = separated;
        _names = new (Text, long)[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            _names[i] = (names[i].Name, names[i].Value);
        }
    }

    /// <summary>Names of the bits from the lowest up.</summary>
    public static FlagNames OfBits(params string[] names) => new(true, [.. names.Select(static (name, bit) => (name, 1L << bit))]);

    /// <summary>Writes the names; the number itself where it has none.</summary>
    public void Write(long value, Scratch scratch, byte separator = (byte)'|')
    {
        var first = true;
        foreach (var (name, bits) in _names)
        {
            if (_separated ? (value & bits) == bits : value == bits)
            {
                (first ? scratch : scratch.Append(separator)).Append(name.Span);
                first = false;
            }
        }

        if (first && (!_separated || value != 0 || separator == (byte)'|'))
        {
            scratch.Append(value);
        }
    }
}
