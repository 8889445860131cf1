namespace Skerry.Node.Isolation.Process;

/// <summary>What OCI runtimes do each in their own way, beyond the command line that they share: where their state is, and what it says.</summary>
internal abstract class RuntimeDialect
{
    /// <summary>Whether the runtime has anything of a container.</summary>
    internal abstract bool Has(string state, string id);

    /// <summary>Whether the runtime can read what it has: it got to the end of making the container.</summary>
    internal abstract bool HasStatus(string state, string id);

    /// <summary>Whether a container that was made has been started.</summary>
    internal abstract bool WasStarted(string state, string id);

    /// <summary>Containers that it has.</summary>
    internal abstract IEnumerable<string> Known(string state);

    /// <summary>What is left of a container.</summary>
    internal virtual RuntimeRemains Remains(string state, string id) => RuntimeRemains.Unknown;

    /// <summary>Removes what it can no longer read itself, and what is over.</summary>
    internal abstract void Drop(string state, string id);

    /// <summary>
    /// Whether a signal to the process that the runtime names reaches the container's program. Not so where that process is another
    /// kernel: then the runtime must send it.
    /// </summary>
    internal abstract bool ProcessIsProgram { get; }
}
