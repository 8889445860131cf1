using System.Runtime.InteropServices;
using Skerry.Linux.Handles;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Bpf;

/// <summary>
/// Programs in the kernel's security hooks (BPF LSM) that refuse what the warden's containers may not do, with EPERM and before it is done. They work on
/// the warden's maps, are pinned below its directory, and go with it.
/// </summary>
public static unsafe class RefusalPrograms
{
    private const string Place = "lsm";
    private const string Complete = "complete";
    private const string Modules = "/sys/kernel/security/lsm"; // securityfs

    private static readonly string[] Maps = ["bounds", "answers", "tallies"];

    /// <summary>What is refused by which programs: all of them are needed for it.</summary>
    private static readonly (BoundFlags Acts, string[] Programs)[] Hooks =
    [
        (BoundFlags.KillsDrift | BoundFlags.KillsNameless, ["lsm_start"]),
        (BoundFlags.DeniesScripts, ["lsm_script"]),
        (BoundFlags.DeniesModules | BoundFlags.DeniesReplacement | BoundFlags.DeniesMounts | BoundFlags.DeniesEntering, ["lsm_capable"]),
        (BoundFlags.DeniesUnsharing | BoundFlags.DeniesCloning, [UserNamespace]),
        (BoundFlags.DeniesPrograms, ["lsm_bpf"]),
        (BoundFlags.DeniesBpf, ["lsm_bpf", "lsm_perf"]),
        (BoundFlags.DeniesPackets, ["lsm_socket"]),
    ];

    /// <summary>Its hook came with Linux 6.1; the others are older than what the warden needs.</summary>
    private const string UserNamespace = "lsm_userns";

    /// <summary>Whether the kernel asks programs in security hooks; one that is never asked loads and attaches as well. Null where nobody can say.</summary>
    public static bool? AreAsked => File.Exists(Modules) ? File.ReadAllText(Modules).Trim().Split(',').Contains("bpf", StringComparer.Ordinal) : null;

    /// <summary>What the programs that are pinned below a warden's directory refuse; none where there are none.</summary>
    public static BoundFlags In(string warden) => Directory.Exists(Path.Combine(warden, Place, Complete)) ? Acts(name => File.Exists(Path.Combine(warden, Place, name))) : BoundFlags.None;

    /// <summary>Loads the programs, lets them be asked and takes them away again: none of their containers is held.</summary>
    /// <param name="bytes">lsm.bpf.o.</param>
    /// <returns>What they can refuse here.</returns>
    /// <exception cref="BpfException">libbpf or the kernel refused.</exception>
    public static BoundFlags Try(ReadOnlySpan<byte> bytes) => Load(bytes, null);

    /// <summary>Loads the programs over a warden's maps, starts and pins them; what a load that was cut off has left is made anew.</summary>
    /// <param name="bytes">lsm.bpf.o.</param>
    /// <param name="warden">The warden's directory, whole.</param>
    /// <returns>What they refuse from now on.</returns>
    /// <exception cref="BpfException">libbpf or the kernel refused; nothing of it stays.</exception>
    public static BoundFlags Pin(ReadOnlySpan<byte> bytes, string warden)
    {
        var place = Path.Combine(warden, Place);
        if (Directory.Exists(place))
        {
            Directory.Delete(place, recursive: true);
        }

        Directory.CreateDirectory(place);
        try
        {
            var acts = Load(bytes, warden);
            Directory.CreateDirectory(Path.Combine(place, Complete));
            return acts;
        }
        catch (BpfException)
        {
            Directory.Delete(place, recursive: true);
            throw;
        }
    }

    private static BoundFlags Acts(Func<string, bool> has) => Hooks.Where(h => h.Programs.All(has)).Aggregate(BoundFlags.None, static (all, h) => all | h.Acts);

    private static BoundFlags Load(ReadOnlySpan<byte> bytes, string? warden)
    {
        try
        {
            return Load(bytes, warden, withUserNamespace: true);
        }
        catch (BpfException)
        {
            return Load(bytes, warden, withUserNamespace: false);
        }
    }

    private static BoundFlags Load(ReadOnlySpan<byte> bytes, string? warden, bool withUserNamespace)
    {
        BpfLog.Begin();
        BpfObjectHandle opened;
        fixed (byte* start = bytes)
        {
            opened = new BpfObjectHandle(LibBpf.ObjectOpen(start, (nuint)bytes.Length, null));
        }

        List<BpfLinkHandle> links = [];
        try
        {
            if (opened.IsInvalid)
            {
                throw Failed("open", Marshal.GetLastPInvokeError());
            }

            foreach (var name in warden is null ? [] : Maps)
            {
                using var map = WardenPrograms.Open(Path.Combine(warden!, name));
                Check(LibBpf.MapReuse(LibBpf.FindMap(opened.Pointer, name), map.Number), $"share the map {name}");
            }

            var programs = SensorPrograms.ProgramsOf(opened).Where(p => withUserNamespace || SensorPrograms.NameOf(p) != UserNamespace).ToList();
            foreach (var program in SensorPrograms.ProgramsOf(opened).Except(programs))
            {
                Check(LibBpf.ProgramSetAutoload(program, 0), "choose programs");
            }

            Check(LibBpf.ObjectLoad(opened.Pointer), "load");
            foreach (var program in programs)
            {
                var link = new BpfLinkHandle(LibBpf.ProgramAttach(program));
                links.Add(link);
                if (link.IsInvalid)
                {
                    throw Failed($"attach {SensorPrograms.NameOf(program)}", Marshal.GetLastPInvokeError());
                }

                if (warden is not null)
                {
                    Check(LibBpf.Pin(link.Number, Path.Combine(warden, Place, SensorPrograms.NameOf(program))), "pin");
                }
            }

            var names = programs.Select(SensorPrograms.NameOf).ToHashSet(StringComparer.Ordinal);
            return Acts(names.Contains);
        }
        finally
        {
            BpfLog.Take();
            links.ForEach(static link => link.Dispose());
            opened.Dispose();
        }
    }

    private static void Check(int result, string step)
    {
        if (result < 0)
        {
            throw Failed(step, -result);
        }
    }

    /// <summary>The verifier does not say EPERM: that is a kernel that takes no such programs, or not from us. What libbpf guesses then leads astray.</summary>
    private static BpfException Failed(string step, int error) => (Errno)error == Errno.EPERM
        ? new BpfException($"security hooks, {step}: EPERM: this kernel lets nobody here put programs into them; a kernel of one's own with CONFIG_BPF_LSM does")
        : SensorPrograms.Failed("security hooks", step, error);
}
