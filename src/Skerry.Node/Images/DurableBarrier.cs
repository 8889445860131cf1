using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Images;

/// <summary>
/// Group commit for the store: all who wait at the same time share one syncfs(2). One flush of the file system costs far
/// less than an fsync for each of the ten thousand files of a layer.
/// </summary>
/// <remarks>
/// What must hold: who returns from <see cref="FlushAsync"/> is covered by a flush that began after the call. A write-back
/// error is told once to an open file (syncfs(2)), so it is counted here: whoever was writing when <see cref="Failures"/>
/// rose must not commit.
/// </remarks>
internal sealed class DurableBarrier(StoreRoot store) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private long _tickets;
    private long _flushed; // guarded by _one
    private int _failures;

    /// <summary>How many flushes failed since the store was opened.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Returns when everything written before the call is on the device.</summary>
    /// <exception cref="LinuxException">The device could not take it.</exception>
    public async Task FlushAsync(CancellationToken ct)
    {
        long ticket = Interlocked.Increment(ref _tickets);
        await _one.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_flushed >= ticket)
            {
                return;
            }

            long through = Volatile.Read(ref _tickets);
            store.Step("syncfs");
            try
            {
                await Task.Run(() => FileCalls.SyncFileSystem(store.Root), CancellationToken.None).ConfigureAwait(false);
            }
            catch (LinuxException)
            {
                Interlocked.Increment(ref _failures);
                throw;
            }

            _flushed = through;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
