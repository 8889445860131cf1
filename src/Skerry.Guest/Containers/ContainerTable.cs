using Skerry.Contracts.Ttrpc;
using Skerry.Guest.Loop;
using Skerry.Linux.Processes;

namespace Skerry.Guest.Containers;

/// <summary>The containers of this machine, from their making to their end.</summary>
internal sealed class ContainerTable(EventLoop loop)
{
    /// <summary>Most containers at once.</summary>
    public const int MaxContainers = 64;

    private const int SIGTERM = 15;
    private const int HelperMilliseconds = 100;

    private readonly Dictionary<string, Container> _containers = new(StringComparer.Ordinal);
    private int _starting;

    /// <summary>The disks of this machine.</summary>
    public Disks Disks { get; } = new();

    /// <summary>A new one; it is in the table until <see cref="Remove"/>.</summary>
    public Container Add(string id)
    {
        if (id.Length != 64 || !id.All(char.IsAsciiHexDigitLower))
        {
            throw new GuestException(TtrpcStatusCode.InvalidArgument, "a container's id is 64 hexadecimal digits");
        }

        if (_containers.Count >= MaxContainers)
        {
            throw new GuestException(TtrpcStatusCode.ResourceExhausted, $"there are {MaxContainers} containers; remove one");
        }

        var container = new Container(id);
        return _containers.TryAdd(id, container) ? container : throw new GuestException(TtrpcStatusCode.AlreadyExists, $"there is a container {id}");
    }

    /// <summary>One that runs.</summary>
    public Container Running(string id) =>
        _containers.TryGetValue(id, out var container)
            ? container.Init is not null ? container : throw new GuestException(TtrpcStatusCode.FailedPrecondition, $"container {id} does not run")
            : throw new GuestException(TtrpcStatusCode.NotFound, $"there is no container {id}");

    /// <summary>It has ended: what it had is taken back.</summary>
    public void Remove(Container container)
    {
        container.Destroy();
        _containers.Remove(container.Id);
    }

    /// <summary>A process is being started, and will be adopted when its parent has ended.</summary>
    public void BeginStart() => _starting++;

    /// <summary>It was adopted, or could not be started.</summary>
    public void EndStart()
    {
        _starting--;

        // The runtime's helper ends a little after the runtime.
        loop.After(HelperMilliseconds, Reap);
    }

    /// <summary>A child has ended; others may have.</summary>
    public void Reap()
    {
        if (_starting == 0)
        {
            Spawn.ReapOrphans();
        }
    }

    /// <summary>Asks all to end, makes those end that have not after a time, and says when none is left, or that some will not go.</summary>
    public void EndAll(int patienceMilliseconds, Action done)
    {
        foreach (var container in _containers.Values)
        {
            container.Init?.Signal(SIGTERM);
        }

        var now = Environment.TickCount64;
        Await(now + patienceMilliseconds, now + patienceMilliseconds + 5000, done);
    }

    private void Await(long kill, long giveUp, Action done)
    {
        var now = Environment.TickCount64;
        if (_containers.Count == 0 || now >= giveUp)
        {
            done();
            return;
        }

        if (now >= kill)
        {
            foreach (var container in _containers.Values)
            {
                container.Cgroup.Kill();
            }
        }

        loop.After(5, () => Await(kill, giveUp, done));
    }
}
