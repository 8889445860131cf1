using System.Globalization;

namespace Skerry.Node.Images.Upkeep;

/// <summary>Where the scheduled scrub is, as it is kept on disk: a file of lines, so that a restart goes on where it was. One writer.</summary>
/// <remarks>Not synced: what is lost of it is read once more.</remarks>
internal sealed class ScrubState
{
    private const string Header = "skerry-scrub 1";
    private const long Latest = 32_503_680_000; // the year 3000: what is later was not written by a clock

    private readonly string _path;

    private ScrubState(string path) => _path = path;

    /// <summary>When the last whole pass ended; null: none has.</summary>
    internal DateTimeOffset? Ended { get; private set; }

    /// <summary>When the pass that is under way began; null: none is.</summary>
    internal DateTimeOffset? Begun { get; private set; }

    /// <summary>What the pass that is under way has been through: digests of blobs and names of layers.</summary>
    internal HashSet<string> Passed { get; } = new(StringComparer.Ordinal);

    /// <summary>What was found in the pass that is under way, else in the last.</summary>
    internal List<string> Findings { get; } = [];

    /// <summary>Reads it; where there is none, or another thing, as before the first pass.</summary>
    internal static ScrubState Load(string path)
    {
        var state = new ScrubState(path);
        var lines = Lines(path);
        if (lines.Length == 0 || lines[0] != Header)
        {
            return state;
        }

        foreach (var line in lines.Skip(1))
        {
            var blank = line.IndexOf(' ', StringComparison.Ordinal);
            var (word, rest) = blank < 0 ? (line, string.Empty) : (line[..blank], line[(blank + 1)..]);
            switch (word)
            {
                case "ended":
                    state.Ended = Time(rest);
                    break;
                case "begun":
                    state.Begun = Time(rest);
                    break;
                case "passed":
                    state.Passed.Add(rest);
                    break;
                case "found":
                    state.Findings.Add(rest);
                    break;
                default:
                    break;
            }
        }

        return state;
    }

    /// <summary>A pass begins.</summary>
    internal void Begin(DateTimeOffset now)
    {
        Begun = now;
        Passed.Clear();
        Findings.Clear();
        Keep();
    }

    /// <summary>The pass has been through one more thing.</summary>
    internal void Pass(string subject)
    {
        Passed.Add(subject);
        Keep();
    }

    /// <summary>Something was found.</summary>
    internal void Find(string what)
    {
        const int Most = 200;
        if (Findings.Count < Most)
        {
            Findings.Add(what.ReplaceLineEndings(" "));
        }

        Keep();
    }

    /// <summary>The pass is through.</summary>
    internal void End(DateTimeOffset now)
    {
        (Begun, Ended) = (null, now);
        Passed.Clear();
        Keep();
    }

    private void Keep()
    {
        IEnumerable<string> lines =
        [
            Header,
            .. Ended is { } ended ? [Line("ended", ended)] : Array.Empty<string>(),
            .. Begun is { } begun ? [Line("begun", begun)] : Array.Empty<string>(),
            .. Passed.Select(static p => "passed " + p),
            .. Findings.Select(static f => "found " + f),
        ];
        try
        {
            File.WriteAllLines(_path + ".new", lines);
            File.Move(_path + ".new", _path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk keeps no scrub from going on: the next start reads more than it must.
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Line(string word, DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"{word} {time.ToUnixTimeSeconds()}");

    private static DateTimeOffset? Time(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < Latest ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
