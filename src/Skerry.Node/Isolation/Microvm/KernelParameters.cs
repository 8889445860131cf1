using System.Buffers;
using System.Globalization;
using Skerry.Node.Configuration;

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

    private static readonly SearchValues<char> s_name = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    private static readonly SearchValues<char> s_value = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:/@+-");

    /// <summary>Has the guest run a container before it says that it is ready, so that copies find warm what that needs.</summary>
    internal const string Warm = " skerry.warm";

    private const string Guest = "skerry";

    /// <summary>What a pod may not say: what the node says itself, and what would run something else than the guest's first process.</summary>
    private static readonly HashSet<string> s_kept =
    [
        .. (Common + Emulated + " reboot pci tsc_early_khz init rdinit root rootfstype initrd initrdmem earlyprintk earlycon security memmap mem")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static word => word.Split('=')[0]),
    ];

    /// <summary>Why a pod may not add these words; null: it may. Quotes are not among what a value is made of: no word hides another.</summary>
    internal static string? Fault(string text)
    {
        if (text.Length is 0 or > MicrovmOptions.MostParameters)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it has {text.Length} characters, and can have 1 to {MicrovmOptions.MostParameters}");
        }

        foreach (var word in text.Split(' '))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? word : word[..equals];
            if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || name.AsSpan().ContainsAnyExcept(s_name) || (equals >= 0 && word.AsSpan(equals + 1).ContainsAnyExcept(s_value)))
            {
                return $"'{word}' is no word for a kernel's command line";
            }

            // The kernel takes - for _ in a name (lib/cmdline.c, parameq).
            var known = name.Replace('-', '_');
            if (s_kept.Contains(known) || known.Split('.')[0] == Guest)
            {
                return $"'{name}' is the node's own";
            }
        }

        return null;
    }

    /// <param name="isEmulated">There is no KVM.</param>
    /// <param name="further">The configuration's.</param>
    /// <param name="words">The VMM's (<see cref="Vmm.Words"/>).</param>
    internal static string Of(bool isEmulated, string further, string words = "")
    {
        var text = Common + words;
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
