using System.Net;
using System.Runtime.InteropServices;
using Skerry.Linux.Files;
using Skerry.Linux.Handles;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Bpf;

/// <summary>
/// The warden: programs that kill and deny by themselves, pinned in a directory of a <see cref="BpfFileSystem"/>. They go on when this is disposed and
/// when the process ends, until the directory is removed; another process adopts them by its name.
/// </summary>
/// <remarks>Maps may be changed from any thread.</remarks>
public sealed unsafe class WardenPrograms : IDisposable
{
    private const string Complete = "complete";
    private const string CutOut = "warden_cut_out";
    private const string CutIn = "warden_cut_in";
    private const uint RingSize = 256 << 10; // warden.bpf.c
    private const int BPF_CGROUP_INET_INGRESS = 0; // linux/bpf.h, enum bpf_attach_type
    private const int BPF_CGROUP_INET_EGRESS = 1;
    private const uint Done = 0; // tallies
    private const uint Told = 1;

    private static readonly string[] Maps = ["bounds", "networks", "ports", "answers", "tallies"];
    private static readonly string[] OnGroup = ["warden_connect4", "warden_connect6", "warden_sendmsg4", "warden_sendmsg6", "warden_socket"];

    private readonly string _directory;
    private readonly Dictionary<string, FileDescriptor> _maps = [];

    private WardenPrograms(string directory)
    {
        _directory = directory;
        foreach (var name in Maps)
        {
            _maps[name] = Open(Path.Combine(directory, name));
        }

        Answers = new EventRing(Map("answers"), RingSize, control: -1);
    }

    /// <summary>What they did, one <see cref="WardenAnswer"/> a record; it keeps what nobody reads, until it is full.</summary>
    public EventRing Answers { get; }

    /// <summary>Whether connections can be denied: there was a v2 control group to attach to.</summary>
    public bool DeniesNetworks => Directory.Exists(_directory) && File.Exists(Path.Combine(_directory, OnGroup[0]));

    /// <summary>How much they did since they were loaded.</summary>
    public WardenTally Tally => Read(Done);

    /// <summary>How much of it was told; kept with them, so that who comes next knows.</summary>
    public WardenTally TallyTold
    {
        get => Read(Told);
        set => Put("tallies", Told, &value);
    }

    /// <summary>Takes over what is pinned in a directory; null where nothing whole is.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    public static WardenPrograms? Adopt(string directory) => Directory.Exists(Path.Combine(directory, Complete)) ? new WardenPrograms(directory) : null;

    /// <summary>Loads, starts and pins the programs.
    /// <list type="number">
    /// <item>Remove what a load that was cut off has left.</item>
    /// <item>Open and load the object.</item>
    /// <item>Pin the maps, and the programs that are attached later.</item>
    /// <item>Attach the others, those for networks to the control group, and pin their links.</item>
    /// <item>Say that it is whole.</item>
    /// </list></summary>
    /// <param name="bytes">warden.bpf.o.</param>
    /// <param name="directory">Where they are pinned.</param>
    /// <param name="group">Directory of a v2 control group whose connections they judge; null for none.</param>
    /// <exception cref="BpfException">libbpf is missing, or libbpf or the kernel refused.</exception>
    public static WardenPrograms Load(ReadOnlySpan<byte> bytes, string directory, string? group)
    {
        try
        {
            // 1. remove
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }

            Directory.CreateDirectory(directory);
            Pin(bytes, directory, group);

            // 5. whole
            Directory.CreateDirectory(Path.Combine(directory, Complete));
            return new WardenPrograms(directory);
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

    /// <summary>Holds a container from now on, or in another way.</summary>
    /// <param name="pidNamespace">Inode of its pid namespace.</param>
    /// <param name="container">What holds for it.</param>
    public void Bind(uint pidNamespace, BoundContainer container) => Put("bounds", pidNamespace, &container);

    /// <summary>Lets it go; no error where it was not held.</summary>
    public void Unbind(uint pidNamespace) => _ = LibBpf.MapDelete(Map("bounds"), &pidNamespace);

    /// <summary>Containers that are held, by their pid namespaces.</summary>
    public IReadOnlyList<(uint PidNamespace, BoundContainer Container)> Bound()
    {
        List<(uint, BoundContainer)> all = [];
        foreach (var key in Keys<uint>("bounds"))
        {
            var (of, container) = (key, default(BoundContainer));
            if (LibBpf.MapLookup(Map("bounds"), &of, &container) == 0)
            {
                all.Add((of, container));
            }
        }

        return all;
    }

    /// <summary>Adds a network to a set.</summary>
    public void Allow(uint set, IPNetwork network)
    {
        var (key, value) = (WardenNetwork.Of(set, network), 1u);
        Put("networks", &key, &value);
    }

    /// <summary>Opens a port of a set towards every network.</summary>
    public void AllowPort(uint set, ushort port)
    {
        var (key, value) = (new WardenPort { Set = set, Number = port }, 1u);
        Put("ports", &key, &value);
    }

    /// <summary>Removes all sets but one.</summary>
    public void KeepOnly(uint set)
    {
        foreach (var key in Keys<WardenNetwork>("networks").Where(k => k.Set != set))
        {
            var gone = key;
            _ = LibBpf.MapDelete(Map("networks"), &gone);
        }

        foreach (var key in Keys<WardenPort>("ports").Where(k => k.Set != set))
        {
            var gone = key;
            _ = LibBpf.MapDelete(Map("ports"), &gone);
        }
    }

    /// <summary>Lets no packet into or out of a v2 control group from now on, also of connections that there are.</summary>
    /// <param name="group">Its directory.</param>
    /// <param name="pin">Where that is pinned: two files whose names begin so.</param>
    public void Cut(string group, string pin)
    {
        using var target = FileCalls.Open(null, group, OpenFlags.Read | OpenFlags.Directory);
        foreach (var (program, type, end) in new[] { (CutOut, BPF_CGROUP_INET_EGRESS, "-out"), (CutIn, BPF_CGROUP_INET_INGRESS, "-in") })
        {
            if (File.Exists(pin + end))
            {
                continue;
            }

            using var opened = Open(Path.Combine(_directory, program));
            Attach(opened.Number, target.Number, type, pin + end);
        }
    }

    /// <summary>Undoes <see cref="Cut"/>; no error where nothing was cut.</summary>
    public static void Join(string pin)
    {
        File.Delete(pin + "-out");
        File.Delete(pin + "-in");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Answers.Dispose();
        foreach (var map in _maps.Values)
        {
            map.Dispose();
        }
    }

    private static void Pin(ReadOnlySpan<byte> bytes, string directory, string? group)
    {
        BpfLog.Begin();
        BpfObjectHandle? opened = null;
        try
        {
            // 2. load
            fixed (byte* start = bytes)
            {
                opened = new BpfObjectHandle(LibBpf.ObjectOpen(start, (nuint)bytes.Length, null));
            }

            if (opened.IsInvalid)
            {
                throw SensorPrograms.Failed("warden", "open", Marshal.GetLastPInvokeError());
            }

            if (LibBpf.ObjectLoad(opened.Pointer) is < 0 and var error)
            {
                throw SensorPrograms.Failed("warden", "load", -error);
            }

            // 3. maps and programs
            foreach (var name in Maps)
            {
                PinAt(LibBpf.MapNumber(LibBpf.FindMap(opened.Pointer, name)), Path.Combine(directory, name));
            }

            using var target = group is null ? null : FileCalls.Open(null, group, OpenFlags.Read | OpenFlags.Directory);
            foreach (var program in SensorPrograms.ProgramsOf(opened))
            {
                var name = SensorPrograms.NameOf(program);
                var path = Path.Combine(directory, name);
                if (name is CutOut or CutIn)
                {
                    PinAt(LibBpf.ProgramNumber(program), path);
                }
                else if (!OnGroup.Contains(name, StringComparer.Ordinal))
                {
                    // 4. attach
                    using var link = new BpfLinkHandle(LibBpf.ProgramAttach(program));
                    if (link.IsInvalid)
                    {
                        throw SensorPrograms.Failed("warden", $"attach {name}", Marshal.GetLastPInvokeError());
                    }

                    PinAt(link.Number, path);
                }
                else if (target is not null)
                {
                    Attach(LibBpf.ProgramNumber(program), target.Number, LibBpf.ProgramAttachType(program), path);
                }
            }
        }
        finally
        {
            BpfLog.Take();
            opened?.Dispose();
        }
    }

    private static void Attach(int program, int target, int type, string pin)
    {
        var number = LibBpf.LinkCreate(program, target, type, null);
        if (number < 0)
        {
            throw SensorPrograms.Failed("warden", "attach " + Path.GetFileName(pin), -number);
        }

        using var link = new FileDescriptor(number);
        PinAt(number, pin);
    }

    private static void PinAt(int number, string path)
    {
        if (LibBpf.Pin(number, path) is < 0 and var error)
        {
            throw SensorPrograms.Failed("warden", "pin " + path, -error);
        }
    }

    internal static FileDescriptor Open(string path)
    {
        var number = LibBpf.Pinned(path);
        return number >= 0 ? new FileDescriptor(number) : throw LinuxException.Of("bpf", path, (Errno)(-number));
    }

    private int Map(string name) => _maps[name].Number;

    private WardenTally Read(uint index)
    {
        WardenTally tally;
        return LibBpf.MapLookup(Map("tallies"), &index, &tally) == 0 ? tally : throw LinuxException.Last("bpf", "tallies of the warden");
    }

    private List<T> Keys<T>(string map)
        where T : unmanaged
    {
        List<T> keys = [];
        T last, next;
        for (T* before = null; LibBpf.MapNextKey(Map(map), before, &next) == 0; before = &last)
        {
            keys.Add(next);
            last = next;
        }

        return keys;
    }

    private void Put(string map, uint key, void* value) => Put(map, &key, value);

    private void Put(string map, void* key, void* value)
    {
        if (LibBpf.MapUpdate(Map(map), key, value, LibBpf.BPF_ANY) != 0)
        {
            throw LinuxException.Last("bpf", $"map {map} of the warden");
        }
    }
}
