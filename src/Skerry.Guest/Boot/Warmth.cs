using Skerry.Guest.Streams;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Mounts;

namespace Skerry.Guest.Boot;

/// <summary>
/// A machine that is to be a template runs a container once before it says that it is ready, so that what the kernel makes at the first
/// is in every copy. It is asked for on the kernel's command line; a machine that is started for one pod has no time for it.
/// </summary>
internal static class Warmth
{
    private const string Name = "warm";
    private const string Bundle = "/run/c/" + Name;

    // What containers have: namespaces, the kernel's file systems, a control group. The program is one that is there.
    private const string Document =
        """
        { "ociVersion": "1.0.2", "root": { "path": "/run/c/warm/root" }, "hostname": "warm",
          "process": { "terminal": false, "user": { "uid": 0, "gid": 0 }, "args": [ "/proc/self/exe", "--version" ], "env": [ "PATH=/bin" ], "cwd": "/", "noNewPrivileges": true },
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc", "options": [ "nosuid", "noexec", "nodev" ] },
            { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": [ "nosuid", "noexec", "mode=755", "size=65536k" ] },
            { "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": [ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" ] },
            { "destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [ "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" ] },
            { "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": [ "nosuid", "noexec", "nodev" ] },
            { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [ "nosuid", "noexec", "nodev", "ro" ] },
            { "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": [ "nosuid", "noexec", "nodev", "ro" ] } ],
          "linux": { "cgroupsPath": "/skerry/warm", "resources": { "pids": { "limit": 64 } }, "rootfsPropagation": "private",
            "namespaces": [ { "type": "pid" }, { "type": "mount" }, { "type": "ipc" }, { "type": "uts" }, { "type": "cgroup" } ],
            "maskedPaths": [ "/proc/kcore", "/sys/firmware" ], "readonlyPaths": [ "/proc/bus", "/proc/sys" ] } }
        """;

    /// <exception cref="LinuxException">What belongs to it could not be made.</exception>
    public static void Gather()
    {
        if (!BootWords.IsWarm)
        {
            return;
        }

        const string Writable = Bundle + "/w";
        const string Root = Bundle + "/root";
        foreach (var directory in new[] { Bundle, Writable, Root })
        {
            FileCalls.MakeDirectory(null, directory, 0x1ED);
        }

        MountTable.Mount("tmpfs", Writable, "tmpfs", MountTable.Options.NoDevices, "mode=0755,size=1m");
        FileCalls.MakeDirectory(null, Writable + "/upper", 0x1ED);
        FileCalls.MakeDirectory(null, Writable + "/work", 0x1ED);
        MountTable.Mount("overlay", Root, "overlay", MountTable.Options.NoDevices, $"lowerdir=/,upperdir={Writable}/upper,workdir={Writable}/work");
        File.WriteAllText(Bundle + "/config.json", Document);
        if (Crun.RunOnce(Bundle, Name) is not 0 and var code)
        {
            KernelLog.Error($"the container that warms this machine could not be run: {Crun.Failure(Bundle + "/run", code).Reason}");
        }

        new Containers.Container(Name) { Mounts = { Writable, Root } }.Destroy();
    }
}
