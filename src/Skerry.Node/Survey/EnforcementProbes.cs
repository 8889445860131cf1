using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>By what an act can be denied or answered here, strongest first.</summary>
internal static class EnforcementProbes
{
    internal static IEnumerable<Probe> All(NodeRooms rooms) =>
    [
        new("enforcement", "bpf lsm", BpfModule),
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
    ];

    private static ProbeResult BpfModule() => SecurityProbes.ActiveModules() switch
    {
        null => ProbeResult.No("/sys/kernel/security/lsm cannot be read; mount securityfs on /sys/kernel/security"),
        { } modules when modules.Contains("bpf", StringComparer.Ordinal) => ProbeResult.No("the kernel has it enabled, but this version of Skerry does not use it; nothing was tried"),
        _ => ProbeResult.No("not enabled: add bpf to lsm= on the kernel's command line (CONFIG_BPF_LSM); this version of Skerry does not use it"),
    };
}
