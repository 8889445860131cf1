using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Alerts;

/// <summary>Writes alerts as Falco writes them, so that what takes Falco's takes these: a line of text, or a line of JSON.</summary>
/// <remarks>One thread at a time. The buffers stay, so that an alert allocates little.</remarks>
public sealed class AlertWriter
{
    private const int NanosecondsInTick = 100;
    private const long SecondInNanoseconds = 1_000_000_000;

    private readonly ArrayBufferWriter<byte> _message = new();
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly Utf8JsonWriter _writer;

    /// <summary>A writer.</summary>
    public AlertWriter() => _writer = new Utf8JsonWriter(_json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The message alone, as UTF-8 that may hold bytes of an attacker. Good until the next call.</summary>
    public ReadOnlySpan<byte> Message(Rule rule, KernelEvent e)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(e);
        _message.ResetWrittenCount();
        Append(rule.Output, e);
        return _message.WrittenSpan;
    }

    /// <summary>"time: priority message" with control characters escaped as in JSON, without an end of line.</summary>
    public string Line(Rule rule, KernelEvent e)
    {
        var output = JsonEncodedText.Encode(Encoding.UTF8.GetString(Output(rule, e)), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return output.ToString();
    }

    /// <summary>The alert as one JSON object, UTF-8, without an end of line. Good until the next call.</summary>
    /// <param name="rule">The rule that fired.</param>
    /// <param name="e">The event it fired on.</param>
    /// <param name="id">Identifier of the alert.</param>
    public ReadOnlySpan<byte> Json(Rule rule, KernelEvent e, Guid id)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(e);
        Output(rule, e);
        var output = e.Copy(_message.WrittenSpan);
        _json.ResetWrittenCount();
        _writer.Reset(_json);
        _writer.WriteStartObject();
        _writer.WriteString("hostname"u8, ValueText.Printable(e.HostName, e));
        _writer.WriteString("output"u8, ValueText.Printable(output, e));
        WriteFields(rule, e);
        _writer.WriteString("priority"u8, NameOf(rule.Priority));
        _writer.WriteString("rule"u8, rule.Name);
        _writer.WriteString("source"u8, rule.Source);
        _writer.WriteStartArray("tags"u8);
        foreach (var tag in rule.Tags)
        {
            _writer.WriteStringValue(tag);
        }

        _writer.WriteEndArray();
        _writer.WriteString("time"u8, Time(e.Timestamp));
        _writer.WriteString("uuid"u8, id);
        _writer.WriteEndObject();
        _writer.Flush();
        return _json.WrittenSpan;
    }

    /// <summary>Name of a priority in alerts.</summary>
    public static string NameOf(Priority priority) => priority.ToString();

    private ReadOnlySpan<byte> Output(Rule rule, KernelEvent e)
    {
        _message.ResetWrittenCount();
        Append(TimeText.Write(e, "HH:mm:ss", fraction: true).Span);
        Append(": "u8);
        Append(((Text)NameOf(rule.Priority)).Span);
        Append(" "u8);
        Append(rule.Output, e);
        return _message.WrittenSpan;
    }

    private void Append(OutputTemplate template, KernelEvent e)
    {
        foreach (var piece in template.Pieces)
        {
            var text = piece.Source is { } source ? ValueText.Read(source, e) : piece.Literal;
            text = text.IsAbsent ? KnownTexts.Unknown : text;
            if (piece.Width == 0)
            {
                Append(text.Span);
                continue;
            }

            Append(text.Span[..Math.Min(piece.Width, text.Length)]);
            for (var i = text.Length; i < piece.Width; i++)
            {
                Append(" "u8);
            }
        }
    }

    private void Append(ReadOnlySpan<byte> bytes) => _message.Write(bytes);

    private void WriteFields(Rule rule, KernelEvent e)
    {
        _writer.WriteStartObject("output_fields"u8);
        var hasTime = false;
        foreach (var field in rule.Fields)
        {
            hasTime |= field.Name == "evt.time";
            _writer.WritePropertyName(field.Name);
            if (field.Source is { } source)
            {
                ValueText.Write(_writer, source, e);
            }
            else
            {
                _message.ResetWrittenCount();
                Append(field.Text!, e);
                _writer.WriteStringValue(ValueText.Printable(e.Copy(_message.WrittenSpan), e));
            }
        }

        if (!hasTime)
        {
            _writer.WriteNumber("evt.time"u8, e.Timestamp);
        }

        _writer.WriteEndObject();
    }

    /// <summary>2026-01-31T23:59:59.123456789Z.</summary>
    private static string Time(long timestamp)
    {
        var time = DateTime.UnixEpoch.AddTicks(timestamp / NanosecondsInTick);
        return string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-ddTHH:mm:ss}.{timestamp % SecondInNanoseconds:D9}Z");
    }
}
