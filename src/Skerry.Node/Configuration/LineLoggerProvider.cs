using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Skerry.Node.Configuration;

/// <summary>
/// Writes log lines to standard error without a thread or a queue of its own: <c>TIME LEVEL CATEGORY[ID] MESSAGE key=value</c>, or a JSON
/// object a line.
/// </summary>
internal sealed class LineLoggerProvider(bool asJson, TimeProvider clock) : ILoggerProvider
{
    private readonly Stream _error = Console.OpenStandardError();
    private readonly Lock _gate = new(); // one line at a time

    public ILogger CreateLogger(string categoryName) => new Line(this, categoryName);

    public void Dispose() => _error.Flush();

    private void Write(string category, LogLevel level, EventId id, string message, IReadOnlyList<KeyValuePair<string, object?>>? fields, Exception? error)
    {
        var bytes = asJson ? Json(category, level, id, message, fields, error) : Text(category, level, id, message, error);
        lock (_gate)
        {
            _error.Write(bytes);
        }
    }

    private ReadOnlySpan<byte> Text(string category, LogLevel level, EventId id, string message, Exception? error)
    {
        var text = new StringBuilder(160);
        text.Append(clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)).Append(' ');
        text.Append(Name(level)).Append(' ').Append(category).Append('[').Append(id.Id).Append("] ").Append(OneLine(message));
        if (error is not null)
        {
            text.Append(": ").Append(OneLine(error.ToString()));
        }

        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    /// <summary>What comes from containers is in messages, too: nothing in it may be an order to a terminal, or have journald keep the line as a blob.</summary>
    internal static string OneLine(string text)
    {
        text = text.ReplaceLineEndings(" ⏎ ");
        return text.Any(char.IsControl) ? string.Concat(text.Select(static c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : c.ToString())) : text;
    }

    private ReadOnlySpan<byte> Json(string category, LogLevel level, EventId id, string message, IReadOnlyList<KeyValuePair<string, object?>>? fields, Exception? error)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow());
            json.WriteString("level", Name(level));
            json.WriteString("category", category);
            json.WriteNumber("id", id.Id);
            json.WriteString("message", message);
            foreach (var (key, value) in fields ?? [])
            {
                if (key != "{OriginalFormat}")
                {
                    json.WriteString(char.ToLowerInvariant(key[0]) + key[1..], Convert.ToString(value, CultureInfo.InvariantCulture));
                }
            }

            if (error is not null)
            {
                json.WriteString("error", error.ToString());
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private sealed class Line(LineLoggerProvider owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Write(category, logLevel, eventId, formatter(state, exception), state as IReadOnlyList<KeyValuePair<string, object?>>, exception);
    }
}
