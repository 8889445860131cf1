using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skerry.Guard.Alerts;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors.Drift;

/// <summary>The alert of a program that is not of its image, in the form that the guard's own alerts have.</summary>
internal static class DriftAlert
{
    /// <summary>What it is told as where it was refused.</summary>
    internal const string RefusedRule = "Program refused before it ran";

    /// <summary>What it is told as where it runs.</summary>
    internal const string ToldRule = "Program drifted from its image";

    internal static Alert Of(DriftFinding finding, string containerId, string container, string pod, string image)
    {
        var (now, id) = (KernelClock.Realtime, Guid.CreateVersion7());
        var (rule, priority, outcome) = finding.Refused ? (RefusedRule, Priority.Critical, "refused") : (ToldRule, Priority.Warning, "told");
        var name = AlertWriter.NameOf(priority);
        var time = DateTime.UnixEpoch.AddTicks(now / 100);
        var output = string.Create(CultureInfo.InvariantCulture,
            $"{time:HH:mm:ss}.{now % 1_000_000_000:D9}: {name} {finding.Path} {(finding.Refused ? "was refused" : "runs")} in {container}: {finding.Why} (program={finding.Program} pid={finding.Pid} image={image})");
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("hostname"u8, Environment.MachineName);
            json.WriteString("output"u8, output);
            json.WriteStartObject("output_fields"u8);
            json.WriteString("container.id"u8, containerId);
            json.WriteString("container.image"u8, image);
            json.WriteNumber("evt.time"u8, now);
            json.WriteString("proc.exepath"u8, finding.Path);
            json.WriteString("proc.name"u8, finding.Program);
            json.WriteNumber("proc.pid"u8, finding.Pid);
            json.WriteEndObject();
            json.WriteString("priority"u8, name);
            json.WriteString("rule"u8, rule);
            json.WriteString("source"u8, "internal"u8);
            json.WriteStartArray("tags"u8);
            json.WriteEndArray();
            json.WriteString("time"u8, string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-ddTHH:mm:ss}.{now % 1_000_000_000:D9}Z"));
            json.WriteString("uuid"u8, id);
            json.WriteStartObject("skerry"u8);
            json.WriteString("container_id"u8, containerId);
            json.WriteString("container"u8, container);
            json.WriteString("pod"u8, pod);
            json.WriteString("action"u8, "alert"u8);
            json.WriteString("outcome"u8, outcome);
            json.WriteNumber("event_ns"u8, now);
            json.WriteNumber("judged_ns"u8, now);
            json.WriteNumber("done_ns"u8, now);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return new Alert(id, now, rule, name, "internal", [], output, containerId, container, pod, new Response(ResponseAction.Alert, outcome, now, now, now), buffer.WrittenSpan.ToArray());
    }
}
