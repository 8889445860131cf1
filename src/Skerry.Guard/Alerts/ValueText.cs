using System.Text.Json;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Alerts;

/// <summary>Values of fields as messages and alerts show them.</summary>
internal static class ValueText
{
    /// <summary>A value as text; absent where the event has none.</summary>
    public static Text Read(Source source, KernelEvent e)
    {
        switch (source)
        {
            case TextSource text:
                return text.Read(e);
            case NumberSource number:
                return number.Read(e) is { } value ? Number(value, source, e) : default;
            case AddressSource address:
                if (address.Read(e) is not { } bits)
                {
                    return default;
                }

                bits.Write(e.Scratch.Begin());
                return e.Scratch.Take();
            case ListSource list:
                return list.Read(e) is { } items ? List(items, e) : default;
            case AncestorSource ancestor:
                return Read(ancestor.Shown, e);
            default:
                return default;
        }
    }

    /// <summary>Writes a value as JSON: numbers and truth as such, times of day as nanoseconds, all else as a string.</summary>
    public static void Write(Utf8JsonWriter json, Source source, KernelEvent e)
    {
        switch (source)
        {
            case AncestorSource ancestor:
                Write(json, ancestor.Shown, e);
                break;
            case TextSource { Key: "evt.time" or "evt.time.s" or "evt.time.iso8601" or "evt.datetime" or "evt.datetime.s" }:
                json.WriteNumberValue(e.Timestamp);
                break;
            case NumberSource { Type: FieldType.Bool } flag when flag.Read(e) is { } value:
                json.WriteBooleanValue(value != 0);
                break;
            case NumberSource number when number.Read(e) is { } value:
                json.WriteNumberValue(value);
                break;
            case ListSource list when list.Read(e) is { } items:
                json.WriteStartArray();
                foreach (var item in items)
                {
                    json.WriteStringValue(Printable(item, e));
                }

                json.WriteEndArray();
                break;
            default:
                var text = Read(source, e);
                if (text.IsAbsent)
                {
                    json.WriteNullValue();
                }
                else
                {
                    json.WriteStringValue(Printable(text, e));
                }

                break;
        }
    }

    /// <summary>The text with U+FFFD for every byte that is no UTF-8: what JSON can carry.</summary>
    public static ReadOnlySpan<byte> Printable(Text text, KernelEvent e)
    {
        if (System.Text.Unicode.Utf8.IsValid(text.Span))
        {
            return text.Span;
        }

        return e.Copy(System.Text.Encoding.UTF8.GetBytes(text.ToString())).Span;
    }

    private static Text Number(long value, Source source, KernelEvent e)
    {
        if (source.Type == FieldType.Bool)
        {
            return value != 0 ? KnownTexts.True : KnownTexts.False;
        }

        var scratch = e.Scratch.Begin();
        return (source.Key switch
        {
            "fd.dev" => scratch.Append(value, "X"),
            "evt.rawtime.ns" or "evt.reltime" or "evt.reltime.ns" or "evt.deltatime.ns" => scratch.Append(value, "D9"),
            _ => scratch.Append(value),
        }).Take();
    }

    private static Text List(List<Text> items, KernelEvent e)
    {
        var scratch = e.Scratch.Begin().Append((byte)'(');
        for (var i = 0; i < items.Count; i++)
        {
            (i > 0 ? scratch.Append((byte)',') : scratch).Append(items[i].Span);
        }

        return scratch.Append((byte)')').Take();
    }
}
