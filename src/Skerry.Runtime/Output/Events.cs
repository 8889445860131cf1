using System.Globalization;
using System.Text;
using System.Text.Json;
using Skerry.Linux.Processes;
using Skerry.Linux.Terminals;
using Skerry.Runtime.Beneath;
using Skerry.Runtime.CommandLine;

namespace Skerry.Runtime.Output;

/// <summary>
/// <c>events</c> for crun, which has none: what the container uses, read from its cgroup, in runc's form (types/events.go). Once with
/// --stats, else at every interval until the container's process ends.
/// </summary>
internal static class Events
{
    /// <summary>Prints the events.</summary>
    internal static int Run(Invocation call, RuntimeBeneath runtime, string root)
    {
        var told = Child.Capture(runtime, ["--root", runtime.StateRoot(root), "state", call.Id!]);
        if (told.ExitCode != 0)
        {
            throw new RefusedException($"{runtime.Title}: {told.Reason}");
        }

        var pid = PidOf(told.Output) ?? throw new RefusedException($"{runtime.Title}: what it printed for 'state' is no JSON object with a pid");
        using var process = pid > 0 ? PidFd.TryOpen(pid) : null;
        if (process is null)
        {
            throw new RefusedException("the container is not running");
        }

        var interval = Interval(call.Value("interval") ?? "5s");
        do
        {
            StandardStream.Write(StandardStream.Out, Encoding.UTF8.GetBytes(Stats(call.Id!, pid) + "\n"));
        }
        while (!call.Has("stats") && !PidFd.WaitReadable(process, interval));

        return 0;
    }

    /// <summary>The container's process in runc's and crun's answer to state (runtime.md, "State"); null: it is no such answer.</summary>
    internal static int? PidOf(string state)
    {
        try
        {
            using var document = JsonDocument.Parse(state);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("pid", out var pid)
                && pid.ValueKind == JsonValueKind.Number && pid.TryGetInt32(out var number) ? number : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Stats(string id, int pid)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "stats");
            writer.WriteString("id", id);
            writer.WriteStartObject("data");
            writer.WriteStartObject("cpu");
            writer.WriteStartObject("usage");
            Number(writer, "total", CpuNanoseconds(pid));
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteStartObject("memory");
            writer.WriteStartObject("usage");
            Number(writer, "usage", Read(pid, "memory", "memory.usage_in_bytes", "memory.current"));
            Number(writer, "max", Read(pid, "memory", "memory.max_usage_in_bytes", "memory.peak"));
            Number(writer, "limit", Read(pid, "memory", "memory.limit_in_bytes", "memory.max"));
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteStartObject("pids");
            Number(writer, "current", Read(pid, "pids", "pids.current", "pids.current"));
            Number(writer, "limit", Read(pid, "pids", "pids.max", "pids.max"));
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string? CpuNanoseconds(int pid)
    {
        if (Text(Directories(pid, "cpuacct"), "cpuacct.usage") is { } nanoseconds)
        {
            return nanoseconds;
        }

        // cgroup-v2.rst, cpu.stat: "usage_usec N" comes first.
        var line = Text(Directories(pid, ""), "cpu.stat")?.Split('\n')[0].Split(' ');
        return line is ["usage_usec", var micro] && ulong.TryParse(micro, out var value) ? (value * 1000).ToString(CultureInfo.InvariantCulture) : null;
    }

    private static string? Read(int pid, string controller, string v1, string v2) =>
        Text(Directories(pid, controller), v1) ?? Text(Directories(pid, ""), v2);

    private static string? Text(string? directory, string name)
    {
        try
        {
            return directory is null ? null : File.ReadAllText(Path.Combine(directory, name)).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The process' cgroup for a controller, "" for version 2 (cgroups(7), /proc/pid/cgroup).</summary>
    private static string? Directories(int pid, string controller)
    {
        foreach (var line in File.ReadLines($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cgroup"))
        {
            var parts = line.Split(':', 3);
            if (parts.Length == 3 && Array.IndexOf(parts[1].Split(','), controller) >= 0)
            {
                return controller.Length == 0 ? "/sys/fs/cgroup" + parts[2] : $"/sys/fs/cgroup/{parts[1]}{parts[2]}";
            }
        }

        return null;
    }

    private static void Number(Utf8JsonWriter writer, string name, string? text)
    {
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            writer.WriteNumber(name, value);
        }
    }

    private static TimeSpan Interval(string text)
    {
        var unit = text.EndsWith("ms", StringComparison.Ordinal) ? 1 : text.EndsWith('s') ? 1000 : 0;
        return unit > 0 && double.TryParse(text.AsSpan().TrimEnd("ms"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count > 0
            ? TimeSpan.FromMilliseconds(Math.Min(count * unit, int.MaxValue))
            : throw new RefusedException($"--interval {text}: give a time such as 5s or 500ms");
    }
}
