namespace Skerry.Node.Sensors.Gvisor;

/// <summary>One message of gVisor's stream, looked into (pkg/sentry/seccheck/points/*.proto). Its texts are pieces of the buffer it was read into.</summary>
internal ref struct Point
{
    /// <summary>Fields of a message that are looked at have numbers below this.</summary>
    internal const int Fields = 11;

    private const int Context = 1;
    private const int Exit = 2;

    private ReadOnlySpan<byte> _message;
    private Numbers _numbers;
    private Places _places;

    /// <summary>What it is of.</summary>
    internal PointKind Kind { get; private set; }

    /// <summary>Who did it, and when.</summary>
    internal PointContext By { get; private set; }

    /// <summary>What a call returned, negative error numbers; 0 where it has not returned.</summary>
    internal long Result { get; private set; }

    /// <summary>A call has returned.</summary>
    internal bool HasReturned { get; private set; }

    /// <summary>Looks at a message. False: it is none, or does not say who did it.</summary>
    /// <param name="kind">What the head of the message says.</param>
    /// <param name="message">Its bytes.</param>
    /// <param name="point">It.</param>
    internal static bool TryRead(PointKind kind, ReadOnlySpan<byte> message, out Point point)
    {
        point = new Point { Kind = kind, _message = message };
        var fields = new WireFields(message);
        while (fields.Next())
        {
            if (fields.Number >= Fields)
            {
                continue;
            }

            point._numbers[fields.Number] = fields.Value;
            if (fields.Bytes.IsEmpty)
            {
                if (fields.Number == Exit && IsCall(kind))
                {
                    point.HasReturned = true;
                }

                continue;
            }

            switch (fields.Number)
            {
                case Context:
                    point.By = PointContext.Read(fields.Bytes);
                    break;
                case Exit when IsCall(kind):
                    point.ReadExit(fields.Bytes);
                    break;
                default:
                    message.Overlaps(fields.Bytes, out var at);
                    if (point._places[fields.Number] == 0)
                    {
                        point._places[fields.Number] = ((long)at << 32) | (uint)fields.Bytes.Length;
                    }

                    break;
            }
        }

        return !fields.IsBroken && point.By.Process > 0;
    }

    /// <summary>A field that is a number; 0 where it is not there, as the format has it.</summary>
    internal readonly ulong Number(int field) => _numbers[field];

    /// <summary>The first field of a number that is a text; none where it is not there.</summary>
    internal readonly ReadOnlySpan<byte> Text(int field) => _places[field] is not 0 and var place ? _message.Slice((int)(place >> 32), (int)place) : [];

    /// <summary>All fields of a number, to walk: words of a command line have one each.</summary>
    internal readonly WireFields All() => new(_message);

    private static bool IsCall(PointKind kind) => kind >= PointKind.Raw;

    private void ReadExit(ReadOnlySpan<byte> bytes)
    {
        HasReturned = true;
        var fields = new WireFields(bytes);
        var (result, error) = (0L, 0L);
        while (fields.Next())
        {
            (result, error) = fields.Number switch { 1 => ((long)fields.Value, error), 2 => (result, (long)fields.Value), _ => (result, error) };
        }

        Result = error is > 0 and < 4096 ? -error : result; // MAX_ERRNO, linux/err.h
    }

    /// <summary>A number a field.</summary>
    [System.Runtime.CompilerServices.InlineArray(Fields)]
    private struct Numbers
    {
        private ulong _first;
    }

    /// <summary>Offset, shifted by 32, and length of each text; 0 where it is not.</summary>
    [System.Runtime.CompilerServices.InlineArray(Fields)]
    private struct Places
    {
        private long _first;
    }
}
