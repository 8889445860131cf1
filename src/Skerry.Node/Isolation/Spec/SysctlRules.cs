namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// Which sysctls a pod may set: only those that belong to a namespace of its own, so that no write can reach the
/// machine. Who writes them depends on who owns the namespace.
/// </summary>
internal static class SysctlRules
{
    // ipc/ipc_sysctl.c: per IPC namespace
    private static readonly string[] Ipc =
    [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced",
    ];

    /// <summary>
    /// Splits a pod's sysctls in those that the OCI runtime writes (IPC ones, and network ones where the container makes
    /// or owns its network namespace) and those that the node itself writes into the pod's network namespace before.
    /// </summary>
    /// <exception cref="SpecRefusedException">A key is not namespaced, malformed, or its namespace is the host's.</exception>
    public static (IReadOnlyDictionary<string, string> ByRuntime, IReadOnlyDictionary<string, string> ByNode) Split(
        IEnumerable<KeyValuePair<string, string>> wanted, NamespacePlan namespaces)
    {
        SortedDictionary<string, string> runtime = new(StringComparer.Ordinal);
        SortedDictionary<string, string> node = new(StringComparer.Ordinal);
        foreach (var (key, value) in wanted)
        {
            CheckText(key, value);
            if (Ipc.Contains(key, StringComparer.Ordinal) || key.StartsWith("fs.mqueue.", StringComparison.Ordinal))
            {
                if (namespaces.Ipc is not null)
                    throw new SpecRefusedException("sysctls", $"{key} belongs to the pod's IPC namespace, which this container joins", "set it on the pod's first container");
                runtime[key] = value;
            }
            else if (key.StartsWith("net.", StringComparison.Ordinal))
            {
                if (namespaces.HostNetwork)
                    throw new SpecRefusedException("sysctls", $"{key} would change the machine's own network", "use a network other than host");
                (namespaces.Network is null ? runtime : node)[key] = value;
            }
            else
            {
                throw new SpecRefusedException("sysctls", $"{key} is not namespaced: setting it would change the whole machine", "set it on the machine in /etc/sysctl.d, if it must be");
            }
        }

        return (runtime, node);
    }

    private static void CheckText(string key, string value)
    {
        // Interface names may hold dots and dashes; a slash or an empty part could name another file (CVE-2025-52881 class).
        if (key.Length is 0 or > 128 || key.Split('.').Any(p => p.Length == 0)
            || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            throw new SpecRefusedException("sysctls", $"\"{key}\" is not a sysctl name", "write it with dots, as sysctl(8) prints it");
        if (value.Length is 0 or > 256 || value.Any(c => char.IsControl(c) && c != '\t'))
            throw new SpecRefusedException("sysctls", $"the value of {key} is empty, longer than 256 characters or has control characters", "correct it");
    }
}
