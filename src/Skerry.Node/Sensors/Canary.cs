using System.Globalization;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Linux.Processes;

namespace Skerry.Node.Sensors;

/// <summary>
/// Measures what the guard promises, all the time: a call of skerryd's own is told by the kernel, goes through the ring and the assembler, and a rule
/// fires on it, as on an attacker's. When that is late, or never comes, the guard is blind, and says so.
/// </summary>
/// <remarks><see cref="Sing"/> on one thread at a time, <see cref="Hear"/> on the sensor's.</remarks>
/// <param name="alarm">Told when it is late or does not come: a sentence.</param>
internal sealed class Canary(Action<string> alarm)
{
    /// <summary>What is promised: SPECIFICATION.md, P-147.</summary>
    internal static readonly TimeSpan Promised = TimeSpan.FromMilliseconds(200);

    /// <summary>What has not come after this does not come.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const string Rule = """
        - rule: Canary
          desc: The guard's own event.
          condition: evt.type = chdir and evt.rawres < 0
          output: canary
          priority: DEBUG
        """;

    private readonly uint _pidNamespace = PidNamespace.Own;
    private readonly RuleEvaluator _evaluator = new(Load());
    private TaskCompletionSource<long>? _waiting;

    /// <summary>skerryd, as the assembler wants a container to be.</summary>
    internal SensedContainer Self { get; } = new()
    {
        Number = WatchedContainer.Canary,
        Id = string.Empty,
        PodId = string.Empty,
        PidNamespace = 0,
        First = ProcessIdentity.Of(Environment.ProcessId) ?? default,
        Facts = new ContainerFacts { Id = "host", FullId = "host" },
        Users = UserBook.Of(Environment.ProcessId, null),
    };

    /// <summary>How often it was measured.</summary>
    internal long Count { get; private set; }

    /// <summary>How often it was later than promised, or did not come.</summary>
    internal long Late { get; private set; }

    /// <summary>The last, nanoseconds.</summary>
    internal long Last { get; private set; }

    /// <summary>The longest, nanoseconds.</summary>
    internal long Longest { get; private set; }

    /// <summary>Measures once.</summary>
    internal async Task Sing(SensorPrograms programs, TimeProvider clock)
    {
        var heard = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _waiting, heard);
        var sung = KernelClock.Monotonic;
        programs.CallOwn(_pidNamespace);
        Count++;
        try
        {
            Last = await heard.Task.WaitAsync(Patience, clock).ConfigureAwait(false) - sung;
            Longest = Math.Max(Longest, Last);
            Meters.NodeMeters.Canary.Record(Last / 1e9);
            if (Last > Promised.Ticks * 100)
            {
                Late++;
                alarm(string.Create(CultureInfo.InvariantCulture, $"an event of skerryd's own was judged after {Last / 1e6:0.0} ms, and {Promised.TotalMilliseconds:0} are promised; answers to attacks were as late"));
            }
        }
        catch (TimeoutException)
        {
            Late++;
            alarm(string.Create(CultureInfo.InvariantCulture, $"an event of skerryd's own was not judged within {Patience.TotalSeconds:0} s: the guard sees nothing"));
        }
    }

    /// <summary>Takes the event.</summary>
    internal void Hear(KernelEvent e)
    {
        foreach (var _ in _evaluator.Judge(e))
        {
            Volatile.Read(ref _waiting)?.TrySetResult(KernelClock.Monotonic);
        }
    }

    private static RuleSet Load()
    {
        var loader = new RuleLoader();
        loader.Load("built in", Rule);
        return loader.Set;
    }
}
