using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Mounts;
using Skerry.Linux.Security;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>What stands between a container and the host.</summary>
internal static class SecurityProbes
{
    private const string Modules = "/sys/kernel/security/lsm";
    private const string ActionsAvailable = "/proc/sys/kernel/seccomp/actions_avail";

    internal static IEnumerable<Probe> All(NodeRooms rooms, TrialGround ground) =>
    [
        new("security", "user namespaces", () => Users(ground)),
        new("security", "id-mapped mounts", () => ground.InDirectory("idmap", d => Mapped(ground, d))),
        new("security", "overlay", () => ground.InDirectory("overlay", d => Overlay(rooms, ground, d))),
        new("security", "seccomp", () => Seccomp(rooms)),
        new("security", "no-new-privileges", NoNewPrivileges),
        new("security", "landlock", LandlockAbi),
        new("security", "security modules", SecurityModules),
    ];

    /// <summary>The security modules that the kernel runs, or null where securityfs cannot be read.</summary>
    internal static IReadOnlyList<string>? ActiveModules() => File.Exists(Modules) ? File.ReadAllText(Modules).Trim().Split(',', StringSplitOptions.RemoveEmptyEntries) : null;

    private static ProbeResult Users(TrialGround ground)
    {
        try
        {
            ground.Users();
            var range = ground.Range;
            return ProbeResult.Yes(FormattableString.Invariant($"one made over ids {range.HostStart} to {range.HostStart + range.Count - 1}"));
        }
        catch (LinuxException error)
        {
            return ProbeResult.No($"{error.Message}; allow them: sysctl user.max_user_namespaces above 0, and util-linux' unshare installed");
        }
    }

    private static ProbeResult Mapped(TrialGround ground, string directory)
    {
        using var copy = DetachedMount.Copy(directory);
        return copy.TryMapIds(ground.Users())
            ? ProbeResult.Yes("on the file system of the node's root")
            : ProbeResult.No("the file system of the node's root cannot show files under other ids; put the root on ext4, xfs or btrfs and use Linux 5.12 or later");
    }

    /// <summary>A root file system as a container gets it: an id-mapped layer, a writable directory, an overlay; a file goes through it.</summary>
    private static ProbeResult Overlay(NodeRooms rooms, TrialGround ground, string directory)
    {
        var users = ground.Users();
        foreach (var name in (ReadOnlySpan<string>)["layer", "mapped", "upper", "work", "root"])
        {
            Directory.CreateDirectory(Path.Combine(directory, name));
        }

        File.WriteAllText(Path.Combine(directory, "layer", "below"), "below");
        return rooms.Isolator.Launchpad.InNewNamespace(() =>
        {
            MountTable.ChangeDirectory(directory);
            using (var layer = DetachedMount.Copy("layer"))
            {
                if (!layer.TryMapIds(users))
                {
                    return ProbeResult.No("it needs id-mapped mounts (see there)");
                }

                layer.MakeReadOnly();
                layer.Attach("mapped");
            }

            try
            {
                MountTable.Mount("skerry", "root", "overlay", MountTable.Options.NoDevices, "lowerdir=mapped,upperdir=upper,workdir=work");
            }
            catch (LinuxException error)
            {
                return ProbeResult.No($"{error.Message}; overlay above id-mapped layers needs Linux 5.19 or later, and a root that is not itself an overlay");
            }

            File.WriteAllText(Path.Combine(directory, "root", "above"), "above");
            return File.ReadAllText(Path.Combine(directory, "root", "below")) == "below" && File.Exists(Path.Combine(directory, "upper", "above"))
                ? ProbeResult.Yes("above id-mapped layers, on the file system of the node's root")
                : ProbeResult.No("an overlay was mounted, but what was written did not reach its upper directory; put the node's root on another file system");
        }).GetAwaiter().GetResult();
    }

    private static ProbeResult Seccomp(NodeRooms rooms)
    {
        if (!File.Exists(ActionsAvailable))
        {
            return ProbeResult.No("the kernel has no seccomp filters; it needs CONFIG_SECCOMP_FILTER");
        }

        var actions = File.ReadAllText(ActionsAvailable).Trim();
        return rooms.RuntimeVerdicts.Any(static v => v.Works)
            ? ProbeResult.Yes($"the trial container ran under its filter; actions: {actions}")
            : ProbeResult.No("the kernel has filters, but no runtime could start a container under one (see runtime)", actions);
    }

    private static ProbeResult NoNewPrivileges() => File.ReadLines("/proc/self/status").Any(static l => l.StartsWith("NoNewPrivs:", StringComparison.Ordinal))
        ? ProbeResult.Yes("the kernel keeps it for each process")
        : ProbeResult.No("the kernel does not know no_new_privs; it needs Linux 4.10 or later");

    private static ProbeResult LandlockAbi()
    {
        var (abi, error) = Landlock.Version();
        return abi > 0
            ? ProbeResult.Yes(FormattableString.Invariant($"ABI {abi}; not used by this version"))
            : ProbeResult.No(error == Errno.EOPNOTSUPP
                ? "it was not enabled at boot; add landlock to lsm= on the kernel's command line"
                : "the kernel was built without it (CONFIG_SECURITY_LANDLOCK)");
    }

    private static ProbeResult SecurityModules() => ActiveModules() is { } modules
        ? ProbeResult.Yes(string.Join(", ", modules))
        : ProbeResult.No($"{Modules} cannot be read; mount securityfs on /sys/kernel/security");
}
