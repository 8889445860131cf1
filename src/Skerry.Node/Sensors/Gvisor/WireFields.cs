using System.Buffers.Binary;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>The fields of a message in the wire format of protocol buffers, one after the other. Written by a sandbox, so nothing in it is believed: what is no field ends the walk.</summary>
internal ref struct WireFields(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bounded = 2;
    private const int Fixed32 = 5;
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Number of the field.</summary>
    internal int Number { get; private set; }

    /// <summary>Its value, where it is a number.</summary>
    internal ulong Value { get; private set; }

    /// <summary>Its bytes, where it is a text or a message.</summary>
    internal ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>There were bytes that are no field.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Goes to the next field. False: there is none.</summary>
    internal bool Next()
    {
        Value = 0;
        Bytes = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        if (!TryVarint(out var key) || key >> 3 is 0 or > int.MaxValue)
        {
            return Break();
        }

        Number = (int)(key >> 3);
        switch ((int)(key & 7))
        {
            case Varint:
                if (!TryVarint(out var value))
                {
                    return Break();
                }

                Value = value;
                return true;
            case Bounded:
                if (!TryVarint(out var length) || length > (ulong)_rest.Length)
                {
                    return Break();
                }

                Bytes = Take((int)length);
                return true;
            case Fixed64 when _rest.Length >= sizeof(ulong):
                Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                return true;
            case Fixed32 when _rest.Length >= sizeof(uint):
                Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                return true;
            default:
                return Break();
        }
    }

    private bool Break()
    {
        IsBroken = true;
        _rest = default;
        return false;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (var i = 0; i < LongestVarint && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
