using System.Text.Json;
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

    /// <summary>What the state file says: creating, created, running, paused or stopped; null when it cannot be read.</summary>
    private static string? Status(string state, string id)
    {
        try
        {
            foreach (var file in Files(state, id).Where(static f => f.EndsWith(StateEnd, StringComparison.Ordinal)))
            {
                using var document = JsonDocument.Parse(File.ReadAllBytes(file));
                if (document.RootElement.TryGetProperty("status"u8, out var status) && status.ValueKind == JsonValueKind.String)
                {
                    return status.GetString();
                }
            }
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            // It was killed while it wrote, or removes the container just now.
        }

        return null;
    }
}
