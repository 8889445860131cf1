using System.Text;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>A program that is about to be started in a sandbox from outside, of which gVisor tells nothing but what it does afterwards.</summary>
internal sealed class ExpectedProgram
{
    private const int LongestName = 15; // TASK_COMM_LEN, linux/sched.h, without the NUL

    /// <param name="words">The command line.</param>
    /// <param name="hasTerminal">It has a terminal.</param>
    /// <param name="after">It begins after this, nanoseconds since 1970.</param>
    internal ExpectedProgram(IReadOnlyList<string> words, bool hasTerminal, long after)
    {
        (HasTerminal, After) = (hasTerminal, after);
        Words = Encoding.UTF8.GetBytes(string.Concat(words.Select(static w => w + "\0")));
        Program = Encoding.UTF8.GetBytes(words.Count > 0 ? words[0] : string.Empty);
        var name = Program[(Array.LastIndexOf(Program, (byte)'/') + 1)..];
        Name = name.Length > LongestName ? name[..LongestName] : name;
    }

    /// <summary>The command line, each word with a NUL.</summary>
    internal byte[] Words { get; }

    /// <summary>Its first word.</summary>
    internal byte[] Program { get; }

    /// <summary>The name that the process gets.</summary>
    internal byte[] Name { get; }

    /// <summary>It has a terminal.</summary>
    internal bool HasTerminal { get; }

    /// <summary>It begins after this, nanoseconds since 1970.</summary>
    internal long After { get; }
}
