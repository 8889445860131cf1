using System.Globalization;
using System.Text.Json;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Process;

namespace Skerry.Node.Isolation.Sandbox;

/// <summary>
/// gVisor's runsc: two files a container, <c>ID_sandbox:ID.state</c> and <c>.lock</c> (runsc/container/state_file.go); the process that
/// it names is the sandbox's kernel, the sentry.
/// </summary>
internal sealed class RunscDialect : RuntimeDialect
{
    private const string StateEnd = ".state";

    internal override bool ProcessIsProgram => false;

    internal override bool Has(string state, string id) => Files(state, id).Any();

    internal override bool HasStatus(string state, string id) => Status(state, id) is not null;

    internal override bool WasStarted(string state, string id) => Status(state, id) is "running" or "paused" or "stopped";

    internal override IEnumerable<string> Known(string state) => Directory.Exists(state)
        ? Directory.EnumerateFiles(state, "*_sandbox:*").Select(static f => Path.GetFileName(f)!).Select(static n => n[..n.IndexOf('_', StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal)
        : [];

    internal override void Drop(string state, string id)
    {
        foreach (var file in Files(state, id).ToList())
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<string> Files(string state, string id) =>
        Directory.Exists(state) ? Directory.EnumerateFiles(state, id + "_sandbox:*") : [];

    /// <summary>
    /// The sentry and the gofer are all that a container has beside files: its control group is the pod's, its mounts go with the monitor's
    /// namespace. A number that some other process has by now counts as alive, and then runsc is asked.
    /// </summary>
    internal override RuntimeRemains Remains(string state, string id) => Read(state, id, static root =>
        root.TryGetProperty("sandbox"u8, out var sandbox) && sandbox.ValueKind == JsonValueKind.Object && IsGone(sandbox, "pid"u8) is true
            ? IsGone(root, "goferPid"u8) switch { true => RuntimeRemains.Files, false => RuntimeRemains.Ending, null => RuntimeRemains.Unknown }
            : RuntimeRemains.Unknown);

    /// <summary>What the state file says: creating, created, running, paused or stopped; null when it cannot be read.</summary>
    private static string? Status(string state, string id) => Read(state, id, static root =>
        root.TryGetProperty("status"u8, out var status) && status.ValueKind == JsonValueKind.String ? status.GetString() : null);

    /// <summary>Whether a process has ended, zombies included; null: its number is not said.</summary>
    private static bool? IsGone(JsonElement of, ReadOnlySpan<byte> name)
    {
        if (!of.TryGetProperty(name, out var number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt32(out var pid))
        {
            return null;
        }

        return pid <= 0 || ProcessIdentity.Of(pid)?.IsAlive() != true;
    }

    private static T? Read<T>(string state, string id, Func<JsonElement, T> look)
    {
        try
        {
            foreach (var file in Files(state, id).Where(static f => f.EndsWith(StateEnd, StringComparison.Ordinal)))
            {
                using var document = JsonDocument.Parse(File.ReadAllBytes(file));
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    return look(document.RootElement);
                }
            }
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            // It was killed while it wrote, or removes the container just now.
        }

        return default;
    }
}
