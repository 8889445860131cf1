namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// Linux capabilities of a container (capabilities(7)). The default list is short and each entry says why it is there;
/// everything else must be asked for by name.
/// </summary>
internal static class Capabilities
{
    /// <summary>What a container gets without asking, and what would break without it.</summary>
    public static IReadOnlyList<(string Name, string Why)> Default { get; } =
    [
        ("CAP_CHOWN", "package managers and entrypoints give files to the service's own user"),
        ("CAP_DAC_OVERRIDE", "root in the container reads and writes files that other users of the image own"),
        ("CAP_FOWNER", "root sets modes and times of files that other users of the image own"),
        ("CAP_FSETID", "set-id bits survive a write by root, as installers expect"),
        ("CAP_KILL", "a supervisor running as root signals workers that dropped to another user"),
        ("CAP_NET_BIND_SERVICE", "a server binds ports below 1024"),
        ("CAP_SETGID", "an entrypoint drops to the service's group"),
        ("CAP_SETUID", "an entrypoint drops to the service's user"),
    ];

    /// <summary>Every capability that Linux names, in bit order (include/uapi/linux/capability.h, CAP_LAST_CAP 40).</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
        "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    private static readonly string[] DefaultNames = [.. Default.Select(c => c.Name)];

    /// <summary>
    /// The default list, more and less: <c>drop ALL</c> empties the list before additions, <c>add ALL</c> fills it
    /// before removals; a name in both lists is refused, since the two orders would differ.
    /// </summary>
    /// <exception cref="SpecRefusedException">A name is unknown, or both added and dropped.</exception>
    public static IReadOnlyList<string> Compute(IEnumerable<string> add, IEnumerable<string> drop)
    {
        var added = add.Select(c => Normalise("cap_add", c)).ToHashSet(StringComparer.Ordinal);
        var dropped = drop.Select(c => Normalise("cap_drop", c)).ToHashSet(StringComparer.Ordinal);
        if (added.Count == 0 && dropped.Count == 0)
            return DefaultNames;
        foreach (var both in added.Where(dropped.Contains))
            throw new SpecRefusedException("cap_add", $"{both} is both added and dropped", "name it in one list only");

        var start = dropped.Contains(All) ? [] : added.Contains(All) ? Known : DefaultNames;
        var set = start.Concat(added).Where(c => c != All && !dropped.Contains(c)).ToHashSet(StringComparer.Ordinal);
        return [.. Known.Where(set.Contains)];
    }

    private const string All = "ALL";

    private static string Normalise(string field, string name)
    {
        var upper = name.Trim().ToUpperInvariant();
        if (upper is All or "CAP_ALL")
            return All;
        var full = upper.StartsWith("CAP_", StringComparison.Ordinal) ? upper : "CAP_" + upper;
        return Known.Contains(full, StringComparer.Ordinal)
            ? full
            : throw new SpecRefusedException(field, $"\"{name}\" is not a Linux capability", "see capabilities(7) for the names");
    }
}
