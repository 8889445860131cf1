using Skerry.Linux;
using Skerry.Linux.Namespaces;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Process;

/// <summary>
/// The user-id ranges of the node, one slot a pod. A slot that was given back last is given out first, because the user namespace
/// made for it is still at hand: making one costs a process.
/// </summary>
internal sealed class IdRangePool : IDisposable
{
    /// <summary>Namespaces kept open for slots that are free; each is one descriptor.</summary>
    private const int Kept = 32;

    private readonly Lock _gate = new(); // guards everything below
    private readonly HashSet<int> _taken = [];
    private readonly Stack<int> _returned = new();
    private readonly Dictionary<int, FileDescriptor> _namespaces = [];
    private readonly uint _first;
    private readonly int _slots;
    private int _fresh;

    /// <param name="first">Host id of slot 0.</param>
    /// <param name="slots">How many ranges there are.</param>
    internal IdRangePool(uint first, int slots)
    {
        _first = first;
        _slots = slots;
    }

    /// <summary>The range of a slot.</summary>
    internal IdRange Range(int slot) => IdRange.At(checked(_first + ((uint)slot * IdRange.DefaultCount)));

    /// <summary>Takes a free slot.</summary>
    /// <exception cref="IsolationException">All are taken.</exception>
    internal int Take()
    {
        lock (_gate)
        {
            while (_returned.TryPop(out var slot))
            {
                if (_taken.Add(slot))
                {
                    return slot;
                }
            }

            while (_fresh < _slots)
            {
                if (_taken.Add(_fresh++))
                {
                    return _fresh - 1;
                }
            }
        }

        throw new IsolationException($"user ids: all {_slots} ranges are taken; remove pods, or raise users.ranges in skerry.toml");
    }

    /// <summary>Marks a slot of an adopted pod as taken.</summary>
    internal void Reserve(int slot)
    {
        lock (_gate)
        {
            _taken.Add(slot);
        }
    }

    /// <summary>Gives a slot back.</summary>
    internal void Return(int slot)
    {
        lock (_gate)
        {
            if (!_taken.Remove(slot))
            {
                return;
            }

            _returned.Push(slot);
            if (_namespaces.Count > Kept && _namespaces.Remove(slot, out var old))
            {
                old.Dispose();
            }
        }
    }

    /// <summary>A user namespace that maps the slot's range; it belongs to the pool.</summary>
    internal FileDescriptor UserNamespace(int slot)
    {
        lock (_gate)
        {
            if (_namespaces.TryGetValue(slot, out var kept))
            {
                return kept;
            }
        }

        var range = Range(slot);
        var made = Skerry.Linux.Namespaces.UserNamespace.Create(range.HostStart, range.Count);
        lock (_gate)
        {
            if (_namespaces.TryAdd(slot, made))
            {
                return made;
            }

            made.Dispose();
            return _namespaces[slot];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (_, descriptor) in _namespaces)
            {
                descriptor.Dispose();
            }

            _namespaces.Clear();
        }
    }
}
