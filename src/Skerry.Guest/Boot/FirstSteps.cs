using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Machine;
using Skerry.Linux.Mounts;
using Skerry.Linux.Network;
using static Skerry.Linux.Mounts.MountTable.Options;

namespace Skerry.Guest.Boot;

/// <summary>
/// What the first process does before it serves:
/// 1. the root becomes a mount that can be left: pivot_root(2) refuses to leave the first one, into which the kernel unpacked the initrd;
/// 2. the kernel's file systems are mounted, and disks are written to soon; 3. the modules of the list are loaded; 4. control groups are handed down; 5. lo goes up.
/// </summary>
internal static class FirstSteps
{
    /// <summary>Modules in the order of loading, one path a line; scripts/guest writes it.</summary>
    private const string ModuleList = "/lib/modules/boot";

    /// <summary>Further modules, for volumes.</summary>
    private const string VolumeModuleList = "/lib/modules/volumes";

    /// <summary>Further modules, for VMMs that have vsock and no virtio ports; the transport that some of them have their devices on is among these.</summary>
    private const string VsockModuleList = "/lib/modules/vsock";

    private const string NewRoot = "/newroot";
    /// <summary>Hundredths of a second after which what was written goes to the disk: a VMM that is killed takes no more than that with it.</summary>
    private const string WriteSoon = "100";
    private const string Controllers = "+cpu +cpuset +io +memory +pids";
    private static bool _volumesAreReady;

    /// <summary>Where the control groups are.</summary>
    public const string Cgroups = "/sys/fs/cgroup";

    /// <summary>The group below which each container has its own.</summary>
    public const string ContainerCgroups = Cgroups + "/skerry";

    /// <exception cref="LinuxException">A step failed; the machine is of no use then.</exception>
    public static void Run()
    {
        // 1.
        FileCalls.MakeDirectory(null, NewRoot, 0x1ED);
        MountTable.Bind("/", NewRoot);
        ThisMachine.SwitchRoot(NewRoot);

        // 2.
        Mount("devtmpfs", "/dev", NoSetuid | NoExec, "mode=0755");
        Mount("proc", "/proc", NoSetuid | NoExec | NoDevices);
        Mount("sysfs", "/sys", NoSetuid | NoExec | NoDevices);
        Mount("tmpfs", "/run", NoSetuid | NoDevices, "mode=0755");
        Mount("devpts", "/dev/pts", NoSetuid | NoExec, "mode=0620,gid=5,ptmxmode=0666");
        Mount("cgroup2", Cgroups, NoSetuid | NoExec | NoDevices);
        foreach (var directory in new[] { "/run/c", "/run/l", "/run/v", "/run/crun" })
        {
            FileCalls.MakeDirectory(null, directory, 0x1C0);
        }

        foreach (var setting in new[] { "dirty_expire_centisecs", "dirty_writeback_centisecs" })
        {
            ProcFile.Write("/proc/sys/vm/" + setting, WriteSoon);
        }

        // 3.
        LoadModules(ModuleList);
        if (BootWords.HasVsock)
        {
            LoadModules(VsockModuleList);
        }

        // 4.
        ProcFile.Write(Cgroups + "/cgroup.subtree_control", Controllers);
        FileCalls.MakeDirectory(null, ContainerCgroups, 0x1ED);
        ProcFile.Write(ContainerCgroups + "/cgroup.subtree_control", Controllers);

        // 5.
        using var link = new RouteLink();
        link.SetUp(index: 1, up: true, "lo");
    }

    /// <summary>Loads what virtiofs needs, once.</summary>
    public static void PrepareVolumes()
    {
        if (!_volumesAreReady)
        {
            LoadModules(VolumeModuleList);
            _volumesAreReady = true;
        }
    }

    private static void LoadModules(string list)
    {
        foreach (var line in File.ReadAllText(list).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // Its file is memory, and it is not loaded twice.
            ThisMachine.LoadModule(line);
            FileCalls.Unlink(null, line);
        }
    }

    private static void Mount(string type, string target, MountTable.Options options, string? data = null)
    {
        FileCalls.MakeDirectory(null, target, 0x1ED);
        MountTable.Mount(type, target, type, options, data);
    }
}
