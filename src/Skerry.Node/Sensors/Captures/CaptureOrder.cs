using System.Text.Json;
using Skerry.Node.Sensors.Alerts;

namespace Skerry.Node.Sensors.Captures;

/// <summary>A capture that is asked for and not made yet. Until it is, its file lies beside the captures, for a daemon that ends meanwhile and begins again.</summary>
/// <param name="Id">The alert.</param>
/// <param name="Time">When its event happened, nanoseconds since 1970.</param>
/// <param name="Rule">The rule that fired.</param>
/// <param name="ContainerId">Whose events are kept.</param>
/// <param name="Json">The alert, as it is kept beside the events and as the file of the order.</param>
internal sealed record CaptureOrder(Guid Id, long Time, string Rule, string ContainerId, byte[] Json)
{
    /// <summary>What the names of their files end in.</summary>
    internal const string Ending = ".asked";

    internal string FileName => Id + Ending;

    internal static CaptureOrder Of(Alert alert) => new(alert.Id, alert.Time, alert.Rule, alert.ContainerId, alert.Json);

    /// <summary>The order of a file; null where it is none, or cannot be read.</summary>
    internal static CaptureOrder? Read(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            using var json = JsonDocument.Parse(bytes);
            var (root, own) = (json.RootElement, json.RootElement.GetProperty("skerry"));
            return Guid.TryParse(Path.GetFileNameWithoutExtension(path), out var id)
                ? new CaptureOrder(id, own.GetProperty("event_ns").GetInt64(), root.GetProperty("rule").GetString() ?? string.Empty, own.GetProperty("container_id").GetString() ?? string.Empty, bytes)
                : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
