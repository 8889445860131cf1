using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Journal;

/// <summary>
/// Room that the journal keeps for itself in a file beside it, so that on a full disk containers can still be stopped and removed, and what
/// happened to them be written down. It is given up in slices, and taken again when there is plenty.
/// </summary>
/// <remarks>
/// What must hold: the reserve is larger than what the write-ahead log grows between two checkpoints (wal_autocheckpoint in
/// <see cref="JournalSchema"/>), since after that its pages are used again. One thread at a time calls: who opens the journal, then its writer.
/// </remarks>
internal sealed class JournalReserve : IDisposable
{
    private const long Whole = 8L << 20;
    private const long Slice = 512L << 10;
    private const long Plenty = 64L << 20;

    private readonly FileDescriptor? _file;
    private long _left;

    internal JournalReserve(string journal)
    {
        // Without one the journal works as well, until the disk is full.
        (_file, _) = FileCalls.TryOpen(null, journal + ".reserve", OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.NoFollow, 0x180);
        _left = _file is null ? 0 : FileCalls.Status(_file).Blocks * 512;
        if (_left < Whole)
        {
            TryTake(Whole * 2);
        }
    }

    /// <summary>Gives a slice to the disk; false when nothing is left.</summary>
    internal bool Spend()
    {
        if (_file is null || _left <= 0)
        {
            return false;
        }

        _left = Math.Max(0, Math.Min(_left, Whole) - Slice);
        try
        {
            FileCalls.SetLength(_file, _left);
            return true;
        }
        catch (LinuxException)
        {
            // The disk itself is failing: there is nothing to give.
            return false;
        }
    }

    /// <summary>Takes back what was given, where there is plenty of room again.</summary>
    internal void Refill()
    {
        if (_left < Whole)
        {
            TryTake(Plenty);
        }
    }

    public void Dispose() => _file?.Dispose();

    private void TryTake(long room)
    {
        try
        {
            if (_file is not null && FileCalls.Room(_file).AvailableBytes >= room)
            {
                // Blocks first; then the length, without which shortening would give nothing back.
                FileCalls.Reserve(_file, 0, Whole);
                FileCalls.SetLength(_file, Whole);
                _left = Whole;
            }
        }
        catch (LinuxException)
        {
            // Somebody else was faster, or the disk fails: the journal works without as well, until it is full.
        }
    }
}
