using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Linux.Files;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>By what an act can be denied or answered here, strongest first.</summary>
internal static class EnforcementProbes
{
    internal static IEnumerable<Probe> All(NodeRooms rooms, TrialGround ground) =>
    [
        new("enforcement", "bpf lsm", () => rooms.Sensor.Warden is var warden && warden.Refusals == BoundFlags.None
            ? ProbeResult.No(warden.WhyNoRefusals ?? "nothing was tried")
            : ProbeResult.Yes($"programs and calls are refused before anything is done, for the rules that are denied (skerry guard status){(warden.WhyNoRefusals is { } less ? "; but " + less : string.Empty)}")),
        new("enforcement", "seccomp and cgroup", () => rooms.RuntimeVerdicts.Any(static v => v.Works)
            ? ProbeResult.Yes("denied by the kernel before it happens; every pod has it")
            : ProbeResult.No("no runtime works (see runtime)")),
        new("enforcement", "refuse at exec", static () => DriftWatch.WhyNoRefusal is { } reason
            ? ProbeResult.No(reason)
            : ProbeResult.Yes("programs that are not of their image or were changed, where its trust policy says drift = \"deny\" (fanotify); while the daemon is away, the rung below does")),
        new("enforcement", "kill from bpf", () => rooms.Sensor.Begin()
            ? ProbeResult.Yes("before a program's first instruction: those that are not of the image or have no file, where kernel_kill under [guard] names them")
            : ProbeResult.No(rooms.Sensor.Reason ?? "the sensor does not run")),
        new("enforcement", "kill from daemon", static () => Path.Exists("/proc/self/ns/pid")
            ? ProbeResult.Yes("by the pod's cgroup (skerry kill, skerry rm --force), and by the guard's responses")
            : ProbeResult.No("/proc is not mounted; mount it")),
        new("enforcement", "fs-verity", () => ground.InDirectory("verity", Verity)),
    ];

    /// <summary>Whether files of layers are sealed, by sealing one.</summary>
    private static ProbeResult Verity(string directory)
    {
        const string Otherwise = "files of layers are looked at before each start and each program before it runs, and are hashed where they look different";
        var path = Path.Combine(directory, "sealed");
        File.WriteAllText(path, "trial");
        using var file = FileCalls.Open(null, path, OpenFlags.Read);
        return FileVerity.TryEnable(file) switch
        {
            0 => ProbeResult.Yes("files of layers are sealed when they are unpacked: the kernel refuses to read a page that was changed beneath the file system"),
            Errno.ENOTTY => ProbeResult.No($"the kernel or the file system of the node's root knows nothing of it; {Otherwise}"),
            Errno.EOPNOTSUPP => ProbeResult.No($"the file system of the node's root was made without it (ext4: tune2fs -O verity, CONFIG_FS_VERITY); {Otherwise}"),
            var error => ProbeResult.No($"sealing a file failed with {error}; {Otherwise}"),
        };
    }
}
