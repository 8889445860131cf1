using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Runtime;

/// <summary>
/// Keeps a trial's result until the next boot or until a runtime's binary changes. A file that cannot be read is no
/// result; losing it costs one trial.
/// </summary>
internal static class RuntimeTrialCache
{
    private static readonly string[] Binaries = ["/usr/local/bin/crun", "/usr/local/sbin/crun", "/usr/bin/crun", "/usr/sbin/crun", "/usr/local/bin/runc", "/usr/local/sbin/runc", "/usr/bin/runc", "/usr/sbin/runc"];

    /// <summary>What the result depends on: boot, kernel, program version and each binary's size and time of change.</summary>
    public static string Key(string? configured)
    {
        var files = (configured is null ? Binaries : [configured]).Select(p => new FileInfo(p)).Where(f => f.Exists)
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}"));
        return string.Join('\n', [File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), typeof(RuntimeTrialCache).Assembly.GetName().Version?.ToString() ?? "", .. files]);
    }

    /// <summary>The stored result for a key; null when there is none.</summary>
    public static RuntimeTrialResult? Load(string path, string key)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.GetProperty("key").GetString() != key || !root.TryGetProperty("choice", out var choice))
                return null;
            List<RuntimeVerdict> verdicts = [.. root.GetProperty("verdicts").EnumerateArray().Select(v => new RuntimeVerdict(
                v.GetProperty("name").GetString()!, v.GetProperty("works").GetBoolean(), v.GetProperty("detail").GetString()!, v.GetProperty("reason").GetString()!))];
            return new(
                new()
                {
                    Kind = Enum.Parse<RuntimeKind>(choice.GetProperty("kind").GetString()!),
                    Path = choice.GetProperty("path").GetString()!,
                    Version = choice.GetProperty("version").GetString()!,
                    View = new(choice.GetProperty("hidden").GetString(), Enum.Parse<CgroupMode>(choice.GetProperty("mode").GetString()!)),
                    DeviceCgroup = choice.GetProperty("devices").GetBoolean(),
                    Took = TimeSpan.FromMicroseconds(choice.GetProperty("took_us").GetInt64()),
                },
                verdicts);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Stores a result that found a runtime; a failure is tried again next time.</summary>
    public static void Store(string path, string key, RuntimeTrialResult result)
    {
        if (result.Choice is not { } choice)
            return;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("key"u8, key);
            json.WriteStartObject("choice"u8);
            json.WriteString("kind"u8, choice.Kind.ToString());
            json.WriteString("path"u8, choice.Path);
            json.WriteString("version"u8, choice.Version);
            json.WriteString("hidden"u8, choice.View.HiddenMount);
            json.WriteString("mode"u8, choice.View.Mode.ToString());
            json.WriteBoolean("devices"u8, choice.DeviceCgroup);
            json.WriteNumber("took_us"u8, (long)choice.Took.TotalMicroseconds);
            json.WriteEndObject();
            json.WriteStartArray("verdicts"u8);
            foreach (var verdict in result.Verdicts)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, verdict.Name);
                json.WriteBoolean("works"u8, verdict.Works);
                json.WriteString("detail"u8, verdict.Detail);
                json.WriteString("reason"u8, verdict.Reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        TrialFile.Write(path, buffer.WrittenSpan);
    }
}
