using System.Text.Json;
using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// Firecracker: few devices, by KVM alone. It reads from a file of the node's what the machine is, and listens to nobody. Its console is the first
/// serial port, and it ends when its guest resets itself; the guest has no port for an exit code, and its disk is only read.
/// </summary>
internal sealed class FirecrackerMonitor : GuestMonitor
{
    private const string Config = "/guest/machine.json";
    private static readonly string[] s_usual = ["/usr/local/bin/firecracker", "/usr/bin/firecracker"];
    private readonly string? _path;
    private readonly Lazy<Task<TierVerdict>> _tried;

    /// <param name="path">The program; null: there is none.</param>
    internal FirecrackerMonitor(string? path)
    {
        _path = path;
        _tried = new(() => path is null
            ? Task.FromResult(TierVerdict.No("Firecracker, which the image is made for, is not installed", "install its program (no package of Debian has it) as /usr/local/bin/firecracker, or name it as firecracker under [runtime] in skerry.toml; or build the image for qemu"))
            : Task.Run(() => FirecrackerTrial.Try(path)));
    }

    internal override MonitorKind Kind => MonitorKind.Firecracker;

    internal override string Name => "Firecracker";

    internal override string JailName => "firecracker";

    internal override Task<TierVerdict> Tried => _tried.Value;

    internal override JailProgram Program => new() { Name = JailName, Path = _path ?? throw new IsolationException("Firecracker is not installed") };

    internal override long Overhead => 32L << 20;

    /// <summary>A reset by the keyboard's controller is what Firecracker ends with (docs/api_requests/actions.md).</summary>
    internal override string KernelWords => "reboot=k";

    /// <summary>Where it is; null: nowhere.</summary>
    /// <param name="configured">A path, or auto.</param>
    internal static string? Find(string configured) => Places(configured).FirstOrDefault(File.Exists);

    /// <summary>Where it is looked for.</summary>
    internal static IReadOnlyList<string> Places(string configured) => configured == "auto" ? s_usual : [configured];

    internal override IReadOnlyList<string> Arguments(GuestPlan plan) => ["--no-api", "--config-file", Config];

    internal override IReadOnlyList<(string Destination, byte[] Content)> Files(GuestPlan plan) => [(Config, JsonSerializer.SerializeToUtf8Bytes(Machine(plan), FirecrackerJson.Default.FirecrackerConfig))];

    internal override IReadOnlyList<JailDevice> Devices(GuestPlan plan) => plan.Network is null ? [JailDevice.Kvm] : [JailDevice.Kvm, JailDevice.Tun];

    /// <summary>The machine of a guest. All of it is the node's own but the kernel's command line, which is one text.</summary>
    internal static FirecrackerConfig Machine(GuestPlan plan) => new()
    {
        BootSource = new(GuestPlan.Kernel, plan.HasInitrd ? GuestPlan.Initrd : null, plan.CommandLine),
        MachineConfig = new(Math.Min(plan.Processors, 32), plan.MemoryMiB),
        Drives = plan.HasBlock ? [new("disk", GuestPlan.Block, IsRootDevice: false, IsReadOnly: true)] : [],
        NetworkInterfaces = plan.Network is { } network ? [new("eth0", network.Tap, network.Mac)] : [],
    };
}
