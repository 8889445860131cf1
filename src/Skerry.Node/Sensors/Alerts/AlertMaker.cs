using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skerry.Guard.Alerts;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors.Alerts;

/// <summary>Makes alerts of events and of what the guard has to say of itself. Belongs to one thread.</summary>
internal sealed class AlertMaker
{
    private readonly AlertWriter _writer = new();

    /// <summary>The alert of a rule that fired.</summary>
    internal Alert Of(Rule rule, KernelEvent e, SensedContainer container, Response response)
    {
        // The one that a replay of the recording gives it too.
        var id = AlertId.Of(rule, e);
        var json = _writer.Json(rule, e, id);

        // Falco's object with one member of ours at its end.
        var whole = new ArrayBufferWriter<byte>(json.Length + 256);
        whole.Write(json[..^1]);
        whole.Write(","u8);
        WriteOwn(whole, container.Id, container.Facts.Name.ToString(), PodName(container), response);
        whole.Write("}"u8);
        return new Alert(id, e.Timestamp, rule.Name, AlertWriter.NameOf(rule.Priority), rule.Source, rule.Tags, Output(json), container.Id,
            container.Facts.Name.ToString(), PodName(container), response, whole.WrittenSpan.ToArray());
    }

    /// <summary>Something that the guard tells of itself.</summary>
    internal static Alert OfGuard(long now, string host, string rule, Priority priority, string message, IReadOnlyDictionary<string, long> fields) =>
        OfGuard(now, host, rule, priority, message, [.. fields.Select(static f => (f.Key, (object)f.Value))]);

    /// <summary>Something that the guard tells of itself, with more than numbers.</summary>
    internal static Alert OfGuard(long now, string host, string rule, Priority priority, string message, IReadOnlyList<(string Key, object Value)> fields) =>
        OfItself(now, host, "internal", rule, priority, [], message, fields, null, new Response(ResponseAction.Alert, "told", now, now, now));

    /// <summary>Something that no event of the sensor is behind.</summary>
    /// <param name="time">When, nanoseconds since 1970.</param>
    /// <param name="host">Name of this machine.</param>
    /// <param name="source">syscall, or internal.</param>
    /// <param name="rule">Name of the rule.</param>
    /// <param name="priority">How grave it is.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="message">The message, without its time.</param>
    /// <param name="fields">Numbers and texts.</param>
    /// <param name="of">The container; null for none.</param>
    /// <param name="response">What followed.</param>
    internal static Alert OfItself(
        long time, string host, string source, string rule, Priority priority, IReadOnlyList<string> tags, string message, IReadOnlyList<(string Key, object Value)> fields, AlertPlace? of, Response response)
    {
        var id = Guid.CreateVersion7();
        var name = AlertWriter.NameOf(priority);
        var at = DateTime.UnixEpoch.AddTicks(time / 100);
        var output = string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss}.{time % 1_000_000_000:D9}: {name} {message}");
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("hostname"u8, host);
            json.WriteString("output"u8, output);
            json.WriteStartObject("output_fields"u8);
            json.WriteNumber("evt.time"u8, time);
            foreach (var (key, value) in fields)
            {
                if (value is long number)
                {
                    json.WriteNumber(key, number);
                }
                else
                {
                    json.WriteString(key, value.ToString());
                }
            }

            json.WriteEndObject();
            json.WriteString("priority"u8, name);
            json.WriteString("rule"u8, rule);
            json.WriteString("source"u8, source);
            json.WriteStartArray("tags"u8);
            foreach (var tag in tags)
            {
                json.WriteStringValue(tag);
            }

            json.WriteEndArray();
            json.WriteString("time"u8, string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-ddTHH:mm:ss}.{time % 1_000_000_000:D9}Z"));
            json.WriteString("uuid"u8, id);
            if (of is not null)
            {
                json.WritePropertyName("skerry"u8);
                WriteOwn(json, of, response);
            }

            json.WriteEndObject();
        }

        return new Alert(id, time, rule, name, source, tags, output, of?.ContainerId ?? string.Empty, of?.Container ?? string.Empty, of?.Pod ?? string.Empty, response, buffer.WrittenSpan.ToArray());
    }

    /// <summary>What Falco told, with a member of ours at its end.</summary>
    internal static Alert OfFalco(FalcoAlert told, AlertPlace? of, Response response)
    {
        var id = told.Root.TryGetProperty("uuid", out var given) && given.ValueKind == JsonValueKind.String && Guid.TryParse(given.GetString(), out var parsed) ? parsed : Guid.CreateVersion7();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var member in told.Root.EnumerateObject().Where(static m => m.Name is not ("uuid" or "skerry")))
            {
                member.WriteTo(json);
            }

            json.WriteString("uuid"u8, id);
            json.WritePropertyName("skerry"u8);
            WriteOwn(json, of ?? new AlertPlace(string.Empty, string.Empty, string.Empty), response, "falco");
            json.WriteEndObject();
        }

        return new Alert(id, response.Event, told.Rule, told.Priority, told.Source, told.Tags, told.Output, of?.ContainerId ?? string.Empty, of?.Container ?? string.Empty, of?.Pod ?? string.Empty, response, buffer.WrittenSpan.ToArray());
    }

    private static string PodName(SensedContainer container) => container.Facts.Pod?.Name.ToString() ?? string.Empty;

    private static string Output(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("output"u8))
            {
                reader.Read();
                return reader.GetString() ?? string.Empty;
            }
        }

        return string.Empty;
    }

    private static void WriteOwn(ArrayBufferWriter<byte> to, string id, string container, string pod, in Response response)
    {
        to.Write("\"skerry\":"u8);
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { SkipValidation = true });
        WriteOwn(json, new AlertPlace(id, container, pod), response);
    }

    private static void WriteOwn(Utf8JsonWriter json, AlertPlace of, in Response response, string? from = null)
    {
        json.WriteStartObject();
        json.WriteString("container_id"u8, of.ContainerId);
        json.WriteString("container"u8, of.Container);
        json.WriteString("pod"u8, of.Pod);
        json.WriteString("action"u8, response.ActionName);
        json.WriteString("outcome"u8, response.Outcome);
        json.WriteNumber("event_ns"u8, response.Event);
        json.WriteNumber("judged_ns"u8, response.Judged);
        json.WriteNumber("done_ns"u8, response.Done);
        if (from is not null)
        {
            json.WriteString("from"u8, from);
        }

        json.WriteEndObject();
    }
}
