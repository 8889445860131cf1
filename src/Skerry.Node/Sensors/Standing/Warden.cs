using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors.Standing;

/// <summary>
/// What the kernel does in this node's containers by itself, whether skerryd lives or not: programs and maps that are pinned in a file system of the
/// node's own, below its run directory, so that two nodes on one machine have nothing in common.
/// </summary>
/// <remarks>
/// Each version of the programs is pinned in a directory of its own, a generation. A daemon that has the same version takes it over; another loads its own
/// beside it, binds the containers there, and then removes the old one (<see cref="Settle"/>): at no time is a container held by none. All under one lock.
/// </remarks>
/// <param name="directory">Where the file system is mounted.</param>
/// <param name="group">The node's v2 control group; null where the machine has no v2 hierarchy.</param>
/// <param name="log">The log.</param>
internal sealed partial class Warden(string directory, string? group, ILogger log) : IDisposable
{
    /// <summary>Of the maps: a daemon reads nothing of another format.</summary>
    private const string Format = "2";
    private const string CutPrefix = "cut-";
    private const int KeyDigits = 16;

    private readonly Lock _gate = new(); // guards all below
    private WardenPrograms? _programs;
    private StandingOrders _orders = StandingOrders.None;
    private uint _set;
    private string? _generation;

    /// <summary>Why the kernel does not go on by itself; null where it does, or was not asked to.</summary>
    internal string? Reason { get; private set; }

    /// <summary>Whether it holds.</summary>
    internal bool IsRunning => _programs is not null;

    /// <summary>Whether connections can be denied.</summary>
    internal bool DeniesNetworks => _programs?.DeniesNetworks == true;

    /// <summary>What it does; null while nobody may read it.</summary>
    internal EventRing? Answers => _programs?.Answers;

    /// <summary>How a container is called in the kernel.</summary>
    internal static ulong KeyOf(string containerId) => ulong.Parse(containerId.AsSpan(0, KeyDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Reads, once, what was done since a daemon last looked. To be called before anything is bound anew.</summary>
    internal AwayReport ReadAway()
    {
        lock (_gate)
        {
            var (tally, answers) = (default(WardenTally), new List<WardenAnswer>());
            if (!BpfFileSystem.IsMounted(directory))
            {
                return AwayReport.None;
            }

            foreach (var generation in Generations())
            {
                try
                {
                    using var programs = WardenPrograms.Adopt(generation);
                    if (programs is null || !Path.GetFileName(generation).StartsWith(Format + "-", StringComparison.Ordinal))
                    {
                        continue;
                    }

                    var (now, told) = (programs.Tally, programs.TallyTold);
                    var more = now.Since(told);
                    tally = new WardenTally(tally.Killed + more.Killed, tally.Denied + more.Denied, tally.Untold + more.Untold);
                    programs.Answers.Drain(bytes => answers.Add(MemoryMarshal.Read<WardenAnswer>(bytes)));
                    programs.TallyTold = now;
                }
                catch (LinuxException error)
                {
                    log.WardenMissing(error.Message);
                }
            }

            return new AwayReport(tally, [.. answers.OrderBy(static a => a.Time)]);
        }
    }

    /// <summary>Does as the orders say from now on: takes over or loads what is needed. False: the kernel cannot, <see cref="Reason"/> says why.</summary>
    internal bool Use(StandingOrders orders)
    {
        lock (_gate)
        {
            _orders = orders;
            if (orders.IsEmpty)
            {
                return true;
            }

            if (!TryBegin())
            {
                return false;
            }

            try
            {
                var set = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);
                foreach (var network in orders.Networks)
                {
                    _programs!.Allow(set, network);
                }

                foreach (var port in orders.Ports)
                {
                    _programs!.AllowPort(set, port);
                }

                // Containers are moved to it one by one; the set before goes when all are.
                _set = set;
                Reason = null;
                return true;
            }
            catch (Exception error) when (error is BpfException or LinuxException or IOException or UnauthorizedAccessException)
            {
                Reason = error.Message;
                log.WardenMissing(error.Message);
                return false;
            }
        }
    }

    /// <summary>Holds a container by the orders; one that they have nothing for is let go.</summary>
    internal void Bind(SensedContainer container, bool isExempt)
    {
        lock (_gate)
        {
            var flags = isExempt ? BoundFlags.None : _orders.For(container);
            if (flags == BoundFlags.None)
            {
                _programs?.Unbind(container.PidNamespace);
                return;
            }

            // No order may have needed the programs so far, and the container's trust policy may.
            if (_programs is null && !TryBegin())
            {
                return;
            }

            _programs!.Bind(container.PidNamespace, new BoundContainer { Container = KeyOf(container.Id), Flags = flags, Networks = _set });
        }
    }

    /// <summary>All containers are bound by the orders of now: what earlier ones allowed is forgotten.</summary>
    internal void ForgetEarlier()
    {
        lock (_gate)
        {
            _programs?.KeepOnly(_set);
        }
    }

    /// <summary>Lets a container go.</summary>
    internal void Unbind(uint pidNamespace)
    {
        lock (_gate)
        {
            _programs?.Unbind(pidNamespace);
        }
    }

    /// <summary>All containers that there are were bound: what is held for others, earlier sets and earlier generations go.</summary>
    /// <param name="containers">Pid namespaces of the containers that there are.</param>
    /// <param name="pods">Pods that there are.</param>
    internal void Settle(IReadOnlySet<uint> containers, IReadOnlySet<string> pods)
    {
        lock (_gate)
        {
            if (!BpfFileSystem.IsMounted(directory))
            {
                return;
            }

            if (_programs is { } programs)
            {
                foreach (var (held, _) in programs.Bound().Where(b => !containers.Contains(b.PidNamespace)))
                {
                    programs.Unbind(held);
                }

                programs.KeepOnly(_set);
            }

            foreach (var pin in Directory.EnumerateFiles(directory, CutPrefix + "*").Where(pin => !pods.Contains(Path.GetFileName(pin)[CutPrefix.Length..].Split('-')[0])).ToList())
            {
                File.Delete(pin);
            }

            foreach (var generation in Generations().Where(g => g != _generation).ToList())
            {
                Directory.Delete(generation, recursive: true);
            }

            if (_generation is null && !Directory.EnumerateFileSystemEntries(directory).Any(static e => Path.GetFileName(e).StartsWith(CutPrefix, StringComparison.Ordinal)))
            {
                BpfFileSystem.Unmount(directory);
            }
        }
    }

    /// <summary>Lets no packet into or out of a pod's control group, of connections that there are, too.</summary>
    /// <exception cref="IOException">The kernel cannot; says why.</exception>
    internal void Cut(string podId)
    {
        lock (_gate)
        {
            var of = group ?? throw new BpfException("this machine has no v2 control groups, by which a pod on the node's own network could be cut off");
            Begin();
            _programs!.Cut(Path.Combine(of, podId), Path.Combine(directory, CutPrefix + podId));
        }
    }

    /// <summary>Undoes <see cref="Cut"/>.</summary>
    internal void Join(string podId) => WardenPrograms.Join(Path.Combine(directory, CutPrefix + podId));

    /// <summary>Reads what was done, for the sensor's thread.</summary>
    /// <param name="take">Is given each answer.</param>
    internal void Drain(Action<WardenAnswer> take)
    {
        // The programs are replaced by nobody while the sensor's thread runs.
        if (_programs is { } programs && programs.Answers.Drain(bytes => take(MemoryMarshal.Read<WardenAnswer>(bytes))) > 0)
        {
            programs.TallyTold = programs.Tally;
        }
    }

    /// <summary>How much was done since it was loaded.</summary>
    internal WardenTally Tally => _programs?.Tally ?? default;

    /// <summary>Removes everything from the kernel; for a node that has no pods any more.</summary>
    internal void Remove()
    {
        lock (_gate)
        {
            Dispose();
            BpfFileSystem.Unmount(directory);
        }
    }

    /// <summary>Lets go of it here; in the kernel it goes on.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _programs?.Dispose();
            _programs = null;
        }
    }

    private static ulong InodeOf(string path)
    {
        using var opened = LinuxFile.OpenPath(path, LinuxFile.DirectoryOnly);
        return Linux.Files.FileCalls.Status(opened).Inode;
    }

    private IEnumerable<string> Generations() => Directory.EnumerateDirectories(directory);

    private bool TryBegin()
    {
        try
        {
            Begin();
            return true;
        }
        catch (Exception error) when (error is BpfException or LinuxException or IOException or UnauthorizedAccessException)
        {
            Reason = error.Message;
            log.WardenMissing(error.Message);
            return false;
        }
    }

    private void Begin()
    {
        if (_programs is not null)
        {
            return;
        }

        BpfFileSystem.Mount(directory);
        var bytes = SensorResource.ReadWarden();
        if (group is not null)
        {
            Directory.CreateDirectory(group);
        }

        // A group that was removed and made again is another: what was attached to the first is gone.
        var identity = group is null ? 0 : InodeOf(group);
        var generation = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Format}-{Convert.ToHexStringLower(SHA256.HashData([.. bytes, .. SensorResource.ReadRefusals()]))[..12]}-{identity}"));
        _programs = WardenPrograms.Adopt(generation) ?? WardenPrograms.Load(bytes, generation, group);
        _generation = generation;
        PinRefusals(generation);
    }
}
