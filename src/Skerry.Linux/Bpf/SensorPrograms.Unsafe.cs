using System.Runtime.InteropServices;
using Skerry.Linux.Handles;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Bpf;

/// <summary>The programs of bpf/, loaded and running: what they watch, how they tell it, and what they counted.</summary>
/// <remarks>Maps may be changed from any thread. When this is disposed, or the process ends, the kernel takes everything down.</remarks>
public sealed unsafe class SensorPrograms : IDisposable
{
    /// <summary>Programs that the dispatcher jumps to, by <see cref="CallHandler"/>.</summary>
    private static readonly (string Name, CallHandler Handler)[] Handlers =
    [
        ("plain_call", CallHandler.Plain), ("open_call", CallHandler.Open), ("network_call", CallHandler.Network),
        ("start_call", CallHandler.Start), ("directory_call", CallHandler.Directory), ("capability_call", CallHandler.Capabilities),
        ("messages_call", CallHandler.Messages),
    ];

    /// <summary>Programs that a kernel may lack the place for; the others are all needed.</summary>
    private static readonly string[] Optional = ["on_uring_submit", "on_uring_complete"];

    private readonly BpfObjectHandle _object;
    private readonly List<BpfLinkHandle> _links = [];
    private readonly int _plans;
    private readonly int _compat;
    private readonly int _containers;
    private readonly int _counters;

    private SensorPrograms(BpfObjectHandle loaded, uint ringSize)
    {
        _object = loaded;
        _plans = Number("plans");
        _compat = Number("compat");
        _containers = Number("containers");
        _counters = Number("counters");
        Ring = new EventRing(Number("events"), ringSize, Number("control"));
    }

    /// <summary>What they tell.</summary>
    public EventRing Ring { get; }

    /// <summary>Why io_uring is not seen; null where it is.</summary>
    public string? UringReason { get; private set; }

    /// <summary>Loads and starts the programs.
    /// <list type="number">
    /// <item>Open the object, set its ring and its settings.</item>
    /// <item>Load: libbpf fits it to the running kernel, the kernel verifies it. Where that fails, once more without what is optional; and where that fails, both once more
    /// with reads that every kernel takes.</item>
    /// <item>Enter the programs that are jumped to.</item>
    /// <item>Attach the others; from here on calls pass through them, and nothing is watched yet.</item>
    /// </list></summary>
    /// <param name="bytes">sensor.bpf.o.</param>
    /// <param name="ringSize">Bytes, a power of two.</param>
    /// <param name="settings">Settings.</param>
    /// <exception cref="BpfException">libbpf is missing, or libbpf or the kernel refused; says why and what to do.</exception>
    public static SensorPrograms Load(ReadOnlySpan<byte> bytes, uint ringSize, SensorSettings settings)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new BpfException($"the sensor reads the registers of x86-64; this machine is {RuntimeInformation.ProcessArchitecture}");
        }

        if (!File.Exists("/sys/kernel/btf/vmlinux"))
        {
            throw new BpfException("the kernel does not describe its types: there is no /sys/kernel/btf/vmlinux; use a kernel with CONFIG_DEBUG_INFO_BTF, as Debian's are");
        }

        try
        {
            try
            {
                return LoadWithWhatIsThere(bytes, ringSize, settings);
            }
            catch (BpfException) when (settings.CallsAlone == 0)
            {
                settings.CallsAlone = 1;
                return LoadWithWhatIsThere(bytes, ringSize, settings);
            }
        }
        catch (DllNotFoundException)
        {
            throw new BpfException($"{LibBpf.Library} is not installed: apt-get install libbpf1");
        }
        catch (EntryPointNotFoundException error)
        {
            throw new BpfException($"{LibBpf.Library} is too old: {error.Message}; libbpf 1.1 or later is needed");
        }
    }

    /// <summary>Says how a call is told.</summary>
    public void SetPlan(int call, CallPlan plan) => Put(_plans, (uint)call, &plan, "plans");

    /// <summary>Says which call of x86-64 a number of the 32-bit interface is.</summary>
    public void SetCompat(int number, int call)
    {
        var value = (ushort)(call + 1);
        Put(_compat, (uint)number, &value, "compat");
    }

    /// <summary>Watches a container from now on.</summary>
    /// <param name="pidNamespace">Inode of its pid namespace.</param>
    /// <param name="container">How it is called in records.</param>
    public void Watch(uint pidNamespace, WatchedContainer container) => Put(_containers, pidNamespace, &container, "containers");

    /// <summary>Whether a container is watched; the kernel's side ends that by itself when the namespace's first process is gone.</summary>
    public bool IsWatched(uint pidNamespace)
    {
        WatchedContainer found;
        return LibBpf.MapLookup(_containers, &pidNamespace, &found) == 0;
    }

    /// <summary>Watches it no more; no error where it was not.</summary>
    public void Unwatch(uint pidNamespace) => _ = LibBpf.MapDelete(_containers, &pidNamespace);

    /// <summary>Makes a system call that changes nothing, and has it told as one of a container is (<see cref="WatchedContainer.Canary"/>): chdir(2) to no path.</summary>
    /// <param name="pidNamespace">Inode of this process's pid namespace.</param>
    public void CallOwn(uint pidNamespace)
    {
        Watch(0, new WatchedContainer { Container = WatchedContainer.Canary });
        Ring.TellOf((uint)Unistd.GetTid(), pidNamespace);
        _ = SchedMount.ChangeDirectory(string.Empty);
        Ring.TellOf(0, 0);
    }

    /// <summary>Reads the counters of all processors, added up.</summary>
    public void ReadCounters(Span<SensorCounter> into)
    {
        var processors = LibBpf.PossibleProcessors();
        var each = stackalloc SensorCounter[Math.Clamp(processors, 1, 1024)];
        for (uint kind = 0; kind < (uint)Math.Min(into.Length, SensorCounter.Kinds); kind++)
        {
            into[(int)kind] = default;
            if (LibBpf.MapLookup(_counters, &kind, each) != 0)
            {
                throw LinuxException.Last("bpf", "counters of the sensor");
            }

            for (var i = 0; i < processors; i++)
            {
                into[(int)kind].Add(each[i]);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var link in _links)
        {
            link.Dispose();
        }

        Ring.Dispose();
        _object.Dispose();
    }

    private static SensorPrograms LoadWithWhatIsThere(ReadOnlySpan<byte> bytes, uint ringSize, SensorSettings settings)
    {
        try
        {
            return Load(bytes, ringSize, settings, withOptional: true);
        }
        catch (BpfException first)
        {
            var loaded = Load(bytes, ringSize, settings, withOptional: false);
            loaded.UringReason = first.Message;
            return loaded;
        }
    }

    private static SensorPrograms Load(ReadOnlySpan<byte> bytes, uint ringSize, SensorSettings settings, bool withOptional)
    {
        // 1. open
        BpfLog.Begin();
        BpfObjectHandle opened;
        fixed (byte* start = bytes)
        {
            opened = new BpfObjectHandle(LibBpf.ObjectOpen(start, (nuint)bytes.Length, null));
        }

        SensorPrograms? made = null;
        try
        {
            if (opened.IsInvalid)
            {
                throw Failed("open", Marshal.GetLastPInvokeError());
            }

            Check(LibBpf.MapSetMaxEntries(LibBpf.FindMap(opened.Pointer, "events"), ringSize), "size of the ring");
            settings.CallBytes = ringSize / 4 * 3;
            Check(LibBpf.MapSetInitialValue(LibBpf.FindMap(opened.Pointer, ".rodata.settings"), &settings, (nuint)sizeof(SensorSettings)), "settings");
            foreach (var program in ProgramsOf(opened).Where(p => Optional.Contains(NameOf(p), StringComparer.Ordinal)))
            {
                Check(LibBpf.ProgramSetAutoload(program, withOptional ? (byte)1 : (byte)0), "choose programs");
            }

            // 2. load
            Check(LibBpf.ObjectLoad(opened.Pointer), "load");
            made = new SensorPrograms(opened, ringSize);
            foreach (var program in ProgramsOf(opened).Where(p => withOptional || !Optional.Contains(NameOf(p), StringComparer.Ordinal)))
            {
                made.Begin(program);
            }

            BpfLog.Take();
            return made;
        }
        catch
        {
            made?.Dispose();
            opened.Dispose();
            throw;
        }
    }

    private void Begin(nint program)
    {
        var name = NameOf(program);
        if (Handlers.FirstOrDefault(h => h.Name == name) is { Name: not null } handler)
        {
            // 3. enter
            var number = LibBpf.ProgramNumber(program);
            Put(Number("handlers"), (uint)handler.Handler, &number, "handlers");
            return;
        }

        // 4. attach
        var link = new BpfLinkHandle(LibBpf.ProgramAttach(program));
        if (link.IsInvalid)
        {
            throw Failed($"attach {name}", Marshal.GetLastPInvokeError());
        }

        _links.Add(link);
    }

    internal static List<nint> ProgramsOf(BpfObjectHandle of)
    {
        List<nint> programs = [];
        for (var program = LibBpf.NextProgram(of.Pointer, 0); program != 0; program = LibBpf.NextProgram(of.Pointer, program))
        {
            programs.Add(program);
        }

        return programs;
    }

    internal static string NameOf(nint program) => Marshal.PtrToStringUTF8((nint)LibBpf.ProgramName(program)) ?? string.Empty;

    private int Number(string map)
    {
        var found = LibBpf.FindMap(_object.Pointer, map);
        return found != 0 ? LibBpf.MapNumber(found) : throw new BpfException($"sensor: the object has no map '{map}'");
    }

    private static void Put(int map, uint key, void* value, string name)
    {
        if (LibBpf.MapUpdate(map, &key, value, LibBpf.BPF_ANY) != 0)
        {
            throw LinuxException.Last("bpf", $"map {name} of the sensor");
        }
    }

    private static void Check(int result, string step)
    {
        if (result < 0)
        {
            throw Failed(step, -result);
        }
    }

    private static BpfException Failed(string step, int error) => Failed("sensor", step, error);

    /// <summary>What is told of a step that failed, with what libbpf and the verifier said of it.</summary>
    internal static BpfException Failed(string what, string step, int error)
    {
        var said = BpfLog.Take();
        var next = (Errno)error is Errno.EPERM or Errno.EACCES ? "; the kernel must allow BPF: CAP_BPF and CAP_PERFMON, or root, and no lockdown beyond integrity" : string.Empty;
        return new BpfException($"{what}, {step}: {LinuxException.Of("bpf", step, (Errno)error).Message}{(said.Length > 0 ? ": " + said : string.Empty)}{next}");
    }
}
