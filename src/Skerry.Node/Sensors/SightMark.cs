using System.Globalization;
using System.Text;

namespace Skerry.Node.Sensors;

/// <summary>Remembers until when the sensor was there, for the next daemon, which tells what nobody saw.</summary>
/// <remarks>
/// The file is in the run directory: where that is in memory it is written once a second, else once a minute, so that no disk wears. It says the time in
/// nanoseconds since 1970, and "running" or "stopped". Losing it costs no more than that a gap is told from the start of each container on.
/// </remarks>
internal sealed class SightMark
{
    private const int Longest = 64; // bytes that are believed
    private static readonly TimeSpan InMemory = TimeSpan.FromMilliseconds(900); // of a timer that ticks once a second
    private static readonly TimeSpan OnDisk = TimeSpan.FromMinutes(1);

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _every;
    private long? _written;

    /// <summary>Reads what an earlier daemon left.</summary>
    internal SightMark(string path, TimeProvider clock)
    {
        (_path, _clock) = (path, clock);
        _every = IsInMemory(Path.GetDirectoryName(path)!) ? InMemory : OnDisk;
        (Last, WasOrderly) = Read(path);
    }

    /// <summary>The last moment at which an earlier daemon is known to have seen; null for none.</summary>
    internal long? Last { get; }

    /// <summary>Whether that daemon stopped in order, so that it had written down all that it saw.</summary>
    internal bool WasOrderly { get; }

    /// <summary>The sensor sees at this moment. Cheap to say often.</summary>
    internal void Sees()
    {
        if (_written is not { } before || _clock.GetElapsedTime(before) >= _every)
        {
            _written = _clock.GetTimestamp();
            Write("running");
        }
    }

    /// <summary>The sensor saw until this moment, and ends in order.</summary>
    internal void Ends() => Write("stopped");

    private void Write(string word)
    {
        try
        {
            using var file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.Write);
            RandomAccess.Write(file, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Linux.KernelClock.Realtime:D19} {word}\n")), 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As the remarks say.
        }
    }

    private static (long? Last, bool WasOrderly) Read(string path)
    {
        try
        {
            if (File.Exists(path) && new FileInfo(path).Length <= Longest && File.ReadAllText(path).Split(' ', '\n') is [var time, var word, ..]
                && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var last))
            {
                return (last, word == "stopped");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As if there were none.
        }

        return (null, false);
    }

    private static bool IsInMemory(string directory)
    {
        try
        {
            return new DriveInfo(directory).DriveFormat is "tmpfs" or "ramfs";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
