using System.Globalization;
using System.Text.RegularExpressions;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>bpftrace, telling of the same kinds of calls on the whole machine to a file; it judges nothing and does not know of containers.</summary>
internal sealed partial class Bpftrace : IAsyncDisposable
{
    private const string Script = """
        BEGIN { printf("ready\n"); }
        tracepoint:syscalls:sys_enter_openat { printf("o %d %s %s\n", pid, comm, str(args->filename)); }
        tracepoint:sched:sched_process_fork { printf("f %d %d\n", pid, args->child_pid); }
        tracepoint:sched:sched_process_exec { printf("x %d %s\n", pid, str(args->filename)); }
        tracepoint:sched:sched_process_exit { printf("e %d\n", pid); }
        """;

    private readonly string output;

    private Bpftrace(Child server, string output)
    {
        Server = server;
        this.output = output;
    }

    public Child Server { get; }

    /// <summary>Events that it says it lost.</summary>
    public long Lost => Losses().Matches(File.ReadAllText(output)).Sum(m => long.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
        + Losses().Matches(File.ReadAllText(Server.Command.Errors!)).Sum(m => long.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture));

    /// <summary>Opens of the file that bench/load opens, as told.</summary>
    public long Opens => File.ReadLines(output).LongCount(l => l.StartsWith("o ", StringComparison.Ordinal) && l.EndsWith("/etc/group", StringComparison.Ordinal));

    public static async Task<Bpftrace?> StartAsync(Workplace place)
    {
        if (Tool.Find("bpftrace") is not { } program)
        {
            return null;
        }

        string output = Path.Combine(place.Tmp, "bpftrace.out");
        File.Delete(output);
        Child server = Child.Start(Command.Of(program, "-e", Script) with { Output = output, Errors = Path.Combine(place.Tmp, "bpftrace.err") });
        await Readiness.WaitAsync("bpftrace", server, () => File.ReadLines(output).Any(static l => l.EndsWith("ready", StringComparison.Ordinal))).ConfigureAwait(false);
        return new Bpftrace(server, output);
    }

    public async ValueTask DisposeAsync() => await Server.StopAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);

    [GeneratedRegex("Lost ([0-9]+) events", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Losses();
}
