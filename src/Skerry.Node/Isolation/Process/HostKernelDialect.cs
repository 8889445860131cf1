namespace Skerry.Node.Isolation.Process;

/// <summary>crun and runc: a directory a container, whose first process is the program itself.</summary>
internal sealed class HostKernelDialect : RuntimeDialect
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

    internal override void Drop(string state, string id) => Directory.Delete(Path.Combine(state, id), recursive: true);
}
