using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>The row a process has in a block, and everything it was made of: while none of that changes, the row holds.</summary>
internal sealed class ProcessMark
{
    private const int Streams = 3;

    private readonly DescriptorFacts?[] _streams = new DescriptorFacts?[Streams];
    private readonly uint[] _versions = new uint[4 + Streams];

    /// <summary>Number of the row.</summary>
    public int Row { get; private set; }

    /// <summary>Row of the parent; -1 for none.</summary>
    public int ParentRow { get; private set; }

    public bool Holds(ProcessFacts process)
    {
        var versions = _versions;
        if (versions[0] != process.Version || versions[1] != (process.User?.Version ?? 0))
        {
            return false;
        }

        if (process.Container is { } container && (versions[2] != container.Version || versions[3] != (container.Pod?.Version ?? 0)))
        {
            return false;
        }

        for (var i = 0; i < Streams; i++)
        {
            if (_streams[i] != process.StandardStreams[i] || (_streams[i] is { } stream && versions[4 + i] != stream.Version))
            {
                return false;
            }
        }

        return true;
    }

    public void Take(ProcessFacts process, int row, int parentRow)
    {
        (Row, ParentRow) = (row, parentRow);
        _versions[0] = process.Version;
        _versions[1] = process.User?.Version ?? 0;
        _versions[2] = process.Container?.Version ?? 0;
        _versions[3] = process.Container?.Pod?.Version ?? 0;
        for (var i = 0; i < Streams; i++)
        {
            _streams[i] = process.StandardStreams[i];
            _versions[4 + i] = _streams[i]?.Version ?? 0;
        }
    }

    /// <summary>Lets go of what it points at.</summary>
    public void Forget() => Array.Clear(_streams);
}
