using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Api;

/// <summary>Alerts for the wire: those that just happened, and those that are read from the file.</summary>
internal static class AlertWire
{
    private const long Second = 1_000_000_000;

    /// <summary>An alert that just happened.</summary>
    internal static Alert Of(Sensors.Alerts.Alert alert)
    {
        var wire = new Alert
        {
            Id = alert.Id.ToString(),
            Time = Time(alert.Time),
            Rule = alert.Rule,
            Priority = alert.Priority,
            Source = alert.Source,
            Output = alert.Output,
            ContainerId = alert.ContainerId,
            Container = alert.ContainerName,
            Pod = alert.PodName,
            Response = new AlertResponse
            {
                Action = alert.Response.ActionName,
                Outcome = alert.Response.Outcome,
                EventNs = alert.Response.Event,
                JudgedNs = alert.Response.Judged,
                DoneNs = alert.Response.Done,
            },
            Json = ByteString.CopyFrom(alert.Json),
        };
        wire.Tags.AddRange(alert.Tags);
        return wire;
    }

    /// <summary>An alert as the file has it; null for a line that is none. One that Falco made has no source, tags or time where its configuration leaves them out.</summary>
    internal static Alert? Read(byte[] line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var wire = new Alert
            {
                Id = Text(root, "uuid"),
                Rule = Text(root, "rule"),
                Priority = Text(root, "priority"),
                Source = root.TryGetProperty("source", out _) ? Text(root, "source") : "syscall",
                Output = Text(root, "output"),
                Json = ByteString.CopyFrom(line),
                Response = new AlertResponse { Action = "alert", Outcome = "told" },
            };
            if (root.TryGetProperty("tags", out var tags) && tags.ValueKind != JsonValueKind.Null)
            {
                wire.Tags.AddRange(tags.EnumerateArray().Select(static t => t.GetString() ?? string.Empty));
            }

            if (root.TryGetProperty("skerry", out var own))
            {
                wire.ContainerId = Text(own, "container_id");
                wire.Container = Text(own, "container");
                wire.Pod = Text(own, "pod");
                wire.Response = new AlertResponse
                {
                    Action = Text(own, "action"),
                    Outcome = Text(own, "outcome"),
                    EventNs = own.GetProperty("event_ns").GetInt64(),
                    JudgedNs = own.GetProperty("judged_ns").GetInt64(),
                    DoneNs = own.GetProperty("done_ns").GetInt64(),
                };
            }

            wire.Time = root.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.String
                ? Timestamp.FromDateTimeOffset(DateTimeOffset.Parse(time.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal))
                : Time(wire.Response.EventNs);
            return wire;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Nanoseconds since 1970.</summary>
    internal static Timestamp Time(long nanoseconds) => new() { Seconds = nanoseconds / Second, Nanos = (int)(nanoseconds % Second) };

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString() ?? string.Empty;
}
