using System.Security.Cryptography;
using System.Text;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Servers of volumes: for a pod that has any, a jail beside its machine's in which virtiofsd shows them to the machine. What must hold: the jail has
/// the pod's volumes as the process tier would mount them (id-mapped, read-only where they are) and no other file of the node, no network, and of
/// capabilities those over files in the pod's own user namespace; the machine's own jail has none, and reaches volumes by the server alone.
/// </summary>
internal sealed class VolumeServers(ProcessIsolator isolator, MachineRoots roots, JailGround ground, MicrovmOptions options)
{
    private const string Inside = "/run/skerry/volumes";
    private const long Pids = 64;
    private const long LogSize = 1 << 20;
    private static readonly string[] Usual = ["/usr/lib/qemu/virtiofsd", "/usr/local/lib/qemu/virtiofsd"];

    // What virtiofsd keeps for its work (passthrough_ll.c, setup_capabilities), and what it needs to lay the rest down and to change its root.
    private static readonly string[] Capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETGID", "SETUID", "MKNOD", "SETFCAP", "SETPCAP", "SYS_CHROOT"];

    /// <summary>Where the sockets are in both jails.</summary>
    internal static VmShare Sockets { get; } = new(MachinePaths.ShareInside + "/holder", MachinePaths.ShareInside + "/machine");

    /// <summary>The server's program; null: it is not there.</summary>
    internal static string? Find(MicrovmOptions options) =>
        options.VirtioFsDaemon == "auto" ? Usual.FirstOrDefault(File.Exists) : File.Exists(options.VirtioFsDaemon) ? options.VirtioFsDaemon : null;

    /// <summary>The container of the runtime that is a pod's server.</summary>
    internal static string IdOf(string podId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("volumes of " + podId)));

    /// <summary>
    /// Makes the server of a pod and lets it begin.
    /// <list type="number">
    /// <item>Make the directory of its sockets.</item>
    /// <item>Make its jail, and write that to the journal.</item>
    /// <item>Let it begin.</item>
    /// </list>
    /// </summary>
    /// <param name="files">The tier's programs.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="shape">Its machine: pages of the guest that the server is the first to touch count as its own.</param>
    /// <param name="volumes">What it shows, each once.</param>
    /// <exception cref="IsolationException">A step failed.</exception>
    internal async Task Begin(GuestFiles files, TierPod pod, MachineShape shape, IReadOnlyList<Volume> volumes)
    {
        var program = Find(options) ?? throw new IsolationException("volumes of a microVM: virtiofsd is not installed; apt install qemu-system-common, or name it as virtio_fs_daemon under [microvm] in skerry.toml");
        var paths = MachinePaths.Of(pod);
        var id = IdOf(pod.Id);

        // 1. sockets
        Carriers.Own(paths.Share, pod.Ids);

        // 2. jail
        var root = roots.Volumes(files, program);
        var jail = new Jail
        {
            Name = "volumes",
            Arguments = [MachineRoots.Holder, "share", Sockets.Holder, Sockets.Machine, root.Program, Inside, options.VirtioFsCache],
            Mounts =
            [
                Carriers.Shown(paths.Share, MachinePaths.ShareInside, readOnly: false) with { IsOwned = true },
                .. volumes.Select(static v => v.Mount with { Destination = $"{Inside}/{v.Name}", Propagation = "rprivate", NoExec = true }),
            ],
            Capabilities = Capabilities,
            MemoryBytes = shape.JailBytes,
            Pids = Pids,
        };
        var created = await isolator.Create(new ContainerLaunch
        {
            Id = id,
            Bundle = paths.ShareBundle,
            Writable = paths.ShareWritable,
            Layers = [root.Directory],
            Users = pod.Users,
            FirstUserId = pod.Ids?.HostStart ?? 0,
            IsEphemeral = true,
            LogPath = paths.ShareLog,
            LogSizeMax = LogSize,
            MonitorGroup = ground.Cgroups.MonitorGroup(pod.Id, id),
            Plan = rootfs => ground.Plan(id, pod.Id, rootfs, pod.Ids, jail),
        }).ConfigureAwait(false);
        JailRoots.Mark(paths.ShareBundle, root);
        created.MonitorChild.Dispose();
        pod.Record.Volumes = new MachineRecord
        {
            Pid = created.Process.Pid,
            PidStart = created.Process.Start,
            MonitorPid = created.Monitor.Pid,
            MonitorStart = created.Monitor.Start,
        };
        await pod.Keep().ConfigureAwait(false);

        // 3. begin
        await isolator.Start(id, RuntimeSurroundings.None).ConfigureAwait(false);
    }

    /// <summary>Ends the server of a pod and forgets it at the runtime, with its groups. Nothing there is no error; its files are the machine's.</summary>
    internal async Task End(TierPod pod)
    {
        const int SigKill = 9;
        if (pod.Record.Volumes is { } record)
        {
            new ProcessIdentity(record.Pid, record.PidStart).Signal(SigKill);
        }

        var id = IdOf(pod.Id);
        await isolator.Delete(id, MachinePaths.Of(pod).ShareBundle).ConfigureAwait(false);
        await ground.RemoveCgroups(pod.Id, id).ConfigureAwait(false);
        pod.Record.Volumes = null;
    }
}
