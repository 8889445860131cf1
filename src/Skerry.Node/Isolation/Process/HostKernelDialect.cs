using System.Text.Json;
using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Process;

/// <summary>crun and runc: a directory a container, whose first process is the program itself.</summary>
/// <param name="isEmpty">Whether nothing is in a control group of this node or below it, in any hierarchy.</param>
internal sealed class HostKernelDialect(Func<string, bool> isEmpty) : RuntimeDialect
{
    internal override bool ProcessIsProgram => true;

    internal override bool Has(string state, string id) => Directory.Exists(Path.Combine(state, id));

    /// <summary>crun keeps a container's state in <c>status</c>, runc in <c>state.json</c>; both write it when the container is made.</summary>
    internal override bool HasStatus(string state, string id) =>
        File.Exists(Path.Combine(state, id, "status")) || File.Exists(Path.Combine(state, id, "state.json"));

    /// <summary>Until it is started there is a FIFO, by which the runtime holds the container's first process back (crun and runc alike).</summary>
    internal override bool WasStarted(string state, string id) => HasStatus(state, id) && !File.Exists(Path.Combine(state, id, "exec.fifo"));

    internal override IEnumerable<string> Known(string state) =>
        Directory.Exists(state) ? Directory.EnumerateDirectories(state).Select(static d => Path.GetFileName(d)!) : [];

    /// <summary>
    /// Without its first process and with empty control groups, which the node removes itself, a container is the files of its directory: no hook is ever in its configuration. What crun writes is
    /// understood (src/libcrun/status.c); runc is asked. A number that some other process has by now counts as alive, and then the runtime is asked as well.
    /// </summary>
    internal override RuntimeRemains Remains(string state, string id)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(state, id, "status")));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("pid"u8, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var pid) && pid > 0
                && root.TryGetProperty("cgroup-path"u8, out var group) && group.ValueKind == JsonValueKind.String
                && ProcessIdentity.Of(pid)?.IsAlive() != true && isEmpty(group.GetString()!)
                ? RuntimeRemains.Files
                : RuntimeRemains.Unknown;
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            return RuntimeRemains.Unknown;
        }
    }

    internal override void Drop(string state, string id) => Directory.Delete(Path.Combine(state, id), recursive: true);
}
