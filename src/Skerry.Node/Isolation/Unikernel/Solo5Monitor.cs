using System.Globalization;
using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// Solo5's tenders (docs/building.md of Solo5): spt runs a guest as a process behind a system call filter of a dozen calls and needs no
/// virtualisation, hvt runs it by KVM. The guest names its devices itself, in its file; what it does not declare cannot be attached.
/// </summary>
/// <param name="kind">spt or hvt.</param>
/// <param name="path">The tender; null: there is none.</param>
/// <param name="kvm">Why KVM runs no guest here; empty: it does.</param>
internal sealed class Solo5Monitor(MonitorKind kind, string? path, Func<Task<string>> kvm) : GuestMonitor
{
    private static readonly string[] Directories = ["/usr/local/bin", "/usr/bin"];

    internal override MonitorKind Kind => kind;

    internal override string Name => kind == MonitorKind.Spt ? "solo5-spt" : "solo5-hvt";

    internal override string JailName => Name;

    internal override Task<TierVerdict> Tried => Try();

    internal override JailProgram Program => new() { Name = JailName, Path = path ?? throw new IsolationException($"{Name} is not installed") };

    internal override long Overhead => 16L << 20;

    /// <summary>Where a tender is; null: nowhere.</summary>
    /// <param name="configured">A directory, or auto.</param>
    /// <param name="name">The tender's name.</param>
    internal static string? Find(string configured, string name) => Places(configured, name).FirstOrDefault(File.Exists);

    /// <summary>Where it is looked for.</summary>
    internal static IEnumerable<string> Places(string configured, string name) => (configured == "auto" ? Directories : [configured]).Select(d => Path.Combine(d, name));

    internal override IReadOnlyList<string> Arguments(GuestPlan plan)
    {
        if (plan.HasInitrd || plan.HasBlock)
        {
            throw new Spec.SpecRefusedException("image", $"it has a RAM disk or a block image, which this version does not give to a guest of {Name}", "build it for qemu, or without");
        }

        List<string> arguments = ["--mem=" + plan.MemoryMiB.ToString(CultureInfo.InvariantCulture)];
        if (plan.Network is { } network)
        {
            arguments.AddRange([$"--net:{plan.NetworkName}={network.Tap}", $"--net-mac:{plan.NetworkName}={network.Mac}"]);
        }

        arguments.AddRange(["--", GuestPlan.Kernel]);
        if (plan.CommandLine.Length > 0)
        {
            arguments.Add(plan.CommandLine);
        }

        return arguments;
    }

    internal override IReadOnlyList<JailDevice> Devices(GuestPlan plan)
    {
        List<JailDevice> devices = [];
        if (kind == MonitorKind.Hvt)
        {
            devices.Add(JailDevice.Kvm);
        }

        if (plan.Network is not null)
        {
            devices.Add(JailDevice.Tun);
        }

        return devices;
    }

    private async Task<TierVerdict> Try()
    {
        if (path is null)
        {
            return TierVerdict.No($"{Name}, which the image is made for, is not installed", "build Solo5 (github.com/Solo5/solo5) and install its tenders, or build the image for qemu");
        }

        var why = kind == MonitorKind.Hvt ? await kvm().ConfigureAwait(false) : string.Empty;
        return why.Length == 0
            ? TierVerdict.Yes(Name, kind == MonitorKind.Spt ? "as a process behind Solo5's own filter" : "by KVM")
            : TierVerdict.No($"{Name} needs KVM, which runs no guest here ({why})", "build the image for spt, which needs none");
    }
}
