using System.Globalization;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// The command line of a guest's kernel. What is said for emulation only is what costs an emulated processor most and protects nothing there: its
/// code is not the machine's, so mitigations for the machine's processors do not apply.
/// </summary>
internal static class KernelParameters
{
    // Documentation/admin-guide/kernel-parameters.txt. panic=-1 ends the machine at once, and its holder says what the console said.
    private const string Common = "console=ttyS0 quiet panic=-1 no_timer_check tsc=reliable random.trust_cpu=on rcupdate.rcu_expedited=1 audit=0";
    private const string Emulated = " mitigations=off nokaslr cryptomgr.notests=1 init_on_alloc=0 swiotlb=noforce iommu=off lsm=";

    /// <summary>Has the guest run a container before it says that it is ready, so that copies find warm what that needs.</summary>
    internal const string Warm = " skerry.warm";

    /// <param name="isEmulated">There is no KVM.</param>
    /// <param name="further">The configuration's.</param>
    internal static string Of(bool isEmulated, string further)
    {
        var text = Common;
        if (isEmulated)
        {
            text += Emulated;

            // The emulated counter is the machine's own; measured against an emulated clock under load, it comes out wrong and the guest hangs.
            if (TimeStampKilohertz(File.ReadLines("/proc/cpuinfo")) is { } khz)
            {
                text += string.Create(CultureInfo.InvariantCulture, $" tsc_early_khz={khz}");
            }
        }

        return further.Length == 0 ? text : $"{text} {further}";
    }

    /// <summary>How fast the machine's time-stamp counter runs; null: not known.</summary>
    /// <param name="cpuinfo">Lines of /proc/cpuinfo (proc(5)).</param>
    internal static long? TimeStampKilohertz(IEnumerable<string> cpuinfo)
    {
        foreach (var line in cpuinfo)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.StartsWith("cpu MHz", StringComparison.Ordinal)
                && double.TryParse(line.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var megahertz) && megahertz > 0)
            {
                return (long)Math.Round(megahertz * 1000);
            }
        }

        return null;
    }
}
