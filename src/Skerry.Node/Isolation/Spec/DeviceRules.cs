namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// Devices: nothing is allowed but the standard nodes and what was asked for by path. Disks and the machine's memory are
/// refused: with them a container reads and writes everything.
/// </summary>
internal static class DeviceRules
{
    /// <summary>What a path of the host is.</summary>
    /// <param name="IsBlock">Block device; else a character device.</param>
    /// <param name="Major">Major number.</param>
    /// <param name="Minor">Minor number.</param>
    /// <param name="Mode">Permission bits.</param>
    internal readonly record struct Node(bool IsBlock, uint Major, uint Minor, uint Mode);

    /// <summary>Character devices every container has (major, minor); Documentation/admin-guide/devices.txt. No wildcard: no mknod.</summary>
    public static IReadOnlyList<(int Major, int Minor, string Access)> Standard { get; } =
    [
        (1, 3, "rwm"), // null
        (1, 5, "rwm"), // zero
        (1, 7, "rwm"), // full
        (1, 8, "rwm"), // random
        (1, 9, "rwm"), // urandom
        (5, 0, "rwm"), // tty
        (5, 1, "rwm"), // console
        (5, 2, "rwm"), // ptmx
        (136, -1, "rwm"), // pts/*
    ];

    // mem, kmem, port, kmsg; devices.txt major 1
    private static readonly uint[] DangerousMemory = [1, 2, 4, 11];

    /// <summary>Reads SRC[:DST[:rwm]] entries.</summary>
    /// <param name="wanted">The spec's entries.</param>
    /// <param name="stat">What a host path is, without following a link at its end; null when it is no device.</param>
    /// <exception cref="SpecRefusedException">Malformed, no device, or one that is never given.</exception>
    public static IReadOnlyList<DevicePlan> Plan(IReadOnlyList<string> wanted, Func<string, Node?> stat)
    {
        if (wanted.Count == 0)
            return [];
        List<DevicePlan> plans = [];
        foreach (var entry in wanted)
        {
            var parts = entry.Split(':');
            if (parts.Length > 3)
                throw new SpecRefusedException("devices", $"\"{entry}\" has more than three parts", "write SRC[:DST[:rwm]]");
            var written = ContainerPath.Clean("devices", parts[0]);
            var source = HostPath.Resolve(written) ?? throw new SpecRefusedException("devices", $"{written} does not exist on the node", "plug it in or load its driver");
            var last = parts.Length > 1 ? parts[1] : "";
            var isAccess = parts.Length == 2 && last.Length is > 0 and <= 3 && last.All(c => c is 'r' or 'w' or 'm');
            var destination = ContainerPath.Clean("devices", parts.Length > 1 && !isAccess && last.Length > 0 ? last : written);
            var access = parts.Length == 3 ? parts[2] : isAccess ? last : "rw";
            if (access.Length is 0 or > 3 || access.Any(c => c is not ('r' or 'w' or 'm')) || access.Distinct().Count() != access.Length)
                throw new SpecRefusedException("devices", $"\"{access}\" is not an access", "write some of r, w and m");
            if (!ContainerPath.IsWithin(destination, "/dev") || destination == "/dev")
                throw new SpecRefusedException("devices", $"{destination} is not below /dev", "put the device below /dev");

            var node = stat(source) ?? throw new SpecRefusedException("devices", $"{source} is not a device", "name a device node; for a file or directory use mounts");
            if (node.IsBlock)
                throw new SpecRefusedException("devices", $"{source} is a disk: with it the container reads and writes whatever is on it, past every permission", "mount its file system on the node and use mounts");
            if (node.Major == 1 && DangerousMemory.Contains(node.Minor))
                throw new SpecRefusedException("devices", $"{source} is the machine's memory or kernel log", "nothing in a container may have it");
            plans.Add(new(destination, source, node.IsBlock, node.Major, node.Minor, access, node.Mode & 0x1B6)); // 0666
        }

        return plans;
    }
}
