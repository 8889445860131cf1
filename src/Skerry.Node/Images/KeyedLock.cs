namespace Skerry.Node.Images;

/// <summary>A lock for each key, there only while somebody holds or waits for it. Not re-entrant.</summary>
internal sealed class KeyedLock<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, Slot> _slots = []; // guarded by itself

    /// <summary>Waits for the key; dispose what is returned to let the next in.</summary>
    public async Task<IDisposable> TakeAsync(TKey key, CancellationToken ct)
    {
        Slot slot;
        lock (_slots)
        {
            if (!_slots.TryGetValue(key, out slot!))
            {
                _slots.Add(key, slot = new Slot());
            }

            slot.Users++;
        }

        try
        {
            await slot.Gate.WaitAsync(ct).ConfigureAwait(false);
            return new Held(this, key, slot);
        }
        catch
        {
            Leave(key, slot);
            throw;
        }
    }

    /// <summary>Whether somebody holds or waits for the key now.</summary>
    public bool IsTaken(TKey key)
    {
        lock (_slots)
        {
            return _slots.ContainsKey(key);
        }
    }

    private void Leave(TKey key, Slot slot)
    {
        lock (_slots)
        {
            if (--slot.Users == 0)
            {
                _slots.Remove(key);
                slot.Gate.Dispose();
            }
        }
    }

    private sealed class Slot
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Held(KeyedLock<TKey> owner, TKey key, Slot slot) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                slot.Gate.Release();
                owner.Leave(key, slot);
            }
        }
    }
}
