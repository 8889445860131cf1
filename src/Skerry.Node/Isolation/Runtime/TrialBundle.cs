using Skerry.Node.Isolation.Cgroups;

namespace Skerry.Node.Isolation.Runtime;

/// <summary>The bundle of a trial: the trial program alone in a root that any user id can enter.</summary>
internal static class TrialBundle
{
    /// <param name="directory">Of all trials.</param>
    /// <param name="bundle">Below it; its root is <c>rootfs</c>.</param>
    /// <param name="config">The bytes of config.json.</param>
    internal static void Write(string directory, string bundle, byte[] config)
    {
        const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        var root = Path.Combine(bundle, "rootfs");
        foreach (var name in new[] { directory, bundle, root, root + "/proc", root + "/sys", root + "/dev" })
        {
            Directory.CreateDirectory(name);
            File.SetUnixFileMode(name, Open);
        }

        var program = Path.Combine(root, "true");
        File.WriteAllBytes(program, TrialProgram.Build());
        File.SetUnixFileMode(program, Open);
        File.WriteAllBytes(Path.Combine(bundle, "config.json"), config);
    }

    /// <summary>Removes what a trial leaves that the runtime has deleted, or could not: its processes, its group, its files.</summary>
    internal static void Remove(string directory, Cgroup group, TimeProvider time)
    {
        if (group.Exists && group.Kill(time, TimeSpan.FromSeconds(2)))
        {
            group.Remove();
        }

        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
