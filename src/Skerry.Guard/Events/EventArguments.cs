namespace Skerry.Guard.Events;

/// <summary>The arguments of one event: numbers as the kernel has them and texts, and the texts that numbers read as.</summary>
internal sealed class EventArguments(KernelEvent e)
{
    private const int Most = 48;

    private readonly Text[] _texts = new Text[Most];
    private readonly long[] _numbers = new long[Most];
    private readonly bool[] _isNumber = new bool[Most];
    private EventType _type = EventTypes.All[0];

    public void Begin(EventType type)
    {
        Array.Clear(_texts, 0, _type.Arguments.Count);
        Array.Clear(_isNumber, 0, _type.Arguments.Count);
        _type = type;
    }

    public void Set(int position, long value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)_type.Arguments.Count);
        _numbers[position] = value;
        _isNumber[position] = true;
        _texts[position] = default;
    }

    public void Set(int position, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)_type.Arguments.Count);
        _isNumber[position] = false;
        _texts[position] = e.Scratch.Begin().Append(value).Take();
    }

    /// <summary>A number with the text that it reads as.</summary>
    public void Set(int position, long value, ReadOnlySpan<byte> name)
    {
        Set(position, name);
        (_numbers[position], _isNumber[position]) = (value, true);
    }

    public long? Number(int position) => (uint)position < Most && _isNumber[position] ? _numbers[position] : null;

    /// <summary>Of each argument two bits, the first the lowest: 1 for a number, 2 for a text, 3 for a number that a container's files name, 0 for none.</summary>
    public UInt128 Kinds()
    {
        UInt128 kinds = 0;
        for (var i = _type.Arguments.Count - 1; i >= 0; i--)
        {
            kinds = (kinds << 2) | (_isNumber[i] ? (_type.ArgumentForm(i).IsOfContainer ? 3U : 1U) : _texts[i].IsAbsent ? 0U : 2U);
        }

        return kinds;
    }

    /// <summary>An argument that was set to a text; absent where it was set to a number, or not at all.</summary>
    public Text Text(int position) => _isNumber[position] ? default : _texts[position];

    /// <summary>An argument as rules compare it: names of flags where the number has names, made once an event.</summary>
    public Text Read(int position)
    {
        if ((uint)position >= (uint)_type.Arguments.Count)
        {
            return default;
        }

        if (_texts[position].IsAbsent && _isNumber[position])
        {
            _texts[position] = ArgumentNames.Read(e, _type.ArgumentForm(position), _numbers[position]);
        }

        return _type.ArgumentForm(position).Kind == ArgumentForm.Meaning.Peer ? ArgumentNames.Peer(e, _texts[position]) : _texts[position];
    }

    /// <summary>All arguments that are set, as "name=value name=value".</summary>
    public Text ReadAll()
    {
        var list = e.TakeList();
        for (var i = 0; i < _type.Arguments.Count; i++)
        {
            list.Add(Read(i));
        }

        var scratch = e.Scratch.Begin();
        var first = true;
        for (var i = 0; i < _type.Arguments.Count; i++)
        {
            if (list[i].IsAbsent)
            {
                continue;
            }

            (first ? scratch : scratch.Append((byte)' ')).Append(_type.ArgumentText(i).Span).Append((byte)'=').Append(list[i].Span);
            first = false;
        }

        return scratch.Take();
    }
}
