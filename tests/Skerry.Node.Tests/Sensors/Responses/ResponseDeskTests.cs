using System.Diagnostics;
using System.Globalization;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Linux.Processes;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Tests.Sensors.Responses;

/// <summary>What is done to real processes, of which there may be many.</summary>
public sealed class ResponseDeskTests : IDisposable
{
    private readonly ProcessTable _processes = new();
    private readonly ResponseDesk _desk;
    private readonly SensedContainer _container = SensedContainers.Make(1, hasOwnKernel: false);
    private readonly Rule _rule;
    private readonly List<Process> _started = [];
    private readonly List<ProcessIdentity> _known = [];
    private readonly List<string> _ended = [];

    public ResponseDeskTests()
    {
        _desk = new ResponseDesk(_processes, new ResponseBounds(new MaintenanceBook(), TimeSpan.Zero, 0)) { Ended = (_, why) => _ended.Add(why) };
        var loader = new RuleLoader();
        loader.Load("mine", "- rule: mine\n  desc: d\n  condition: evt.num > 0\n  output: o\n  priority: ERROR\n");
        _rule = loader.Rules[0];
    }

    [Fact]
    [Trait("Promise", "P-196")]
    public void Of_a_tree_of_thousands_all_die_and_the_sensors_thread_kills_only_its_share()
    {
        const int Many = 3000;
        var shell = Start($"i=0; while [ $i -lt {Many} ]; do sleep 1000 & i=$((i+1)); done; echo made; wait");
        Assert.Equal("made", shell.StandardOutput.ReadLine());
        var first = Know(shell.Id, 1);
        var children = Children(shell.Id);
        Assert.Equal(Many, children.Count);
        foreach (var child in children)
        {
            Know(child, shell.Id);
        }

        var (outcome, took) = (string.Empty, TimeSpan.Zero);
        var sensor = new Thread(() =>
        {
            Linux.Processes.ThreadPriority.TryBecomeRealTime(10);
            var begun = Stopwatch.GetTimestamp();
            outcome = _desk.Act(ResponseAction.Kill, _rule, first, isDryRun: false, wasDenied: false);
            took = Stopwatch.GetElapsedTime(begun);
        });
        sensor.Start();
        sensor.Join();
        Assert.Equal("done", outcome);
        TestContext.Current.SendDiagnosticMessage("a tree of {0} held the thread for {1} ms", Many, took.TotalMilliseconds);

        // All of them by this thread would take ten times as long, on whatever machine.
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromMilliseconds(30));
        Until(() => children.TrueForAll(static child => !Lives(child)));
        Until(() => !Lives(shell.Id));
        Assert.Empty(_ended);
        Assert.Equal("gone", _desk.Act(ResponseAction.Kill, _rule, first, isDryRun: false, wasDenied: false));
    }

    [Fact]
    public void What_a_killed_process_had_made_is_killed_though_its_birth_is_told_later()
    {
        var shell = Start("sleep 1000 & sleep 1000 & echo made; wait");
        Assert.Equal("made", shell.StandardOutput.ReadLine());
        var children = Children(shell.Id);
        var first = Know(shell.Id, 1);
        Know(children[0], shell.Id);
        Assert.Equal("done", _desk.Act(ResponseAction.Kill, _rule, first, isDryRun: false, wasDenied: false));
        Know(children[1], shell.Id);
        Until(() => children.TrueForAll(static child => !Lives(child)));
    }

    [Fact]
    public void A_rule_that_fires_again_and_again_on_who_was_killed_costs_nothing_more_and_does_nothing_new()
    {
        var shell = Start("echo made; exec sleep 1000");
        Assert.Equal("made", shell.StandardOutput.ReadLine());
        var first = Know(shell.Id, 1);
        Assert.Equal("done", _desk.Act(ResponseAction.Kill, _rule, first, isDryRun: false, wasDenied: false));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("gone", _desk.Act(ResponseAction.Kill, _rule, first, isDryRun: false, wasDenied: false));
        }
    }

    [Fact]
    public void A_container_is_killed_as_a_whole_once()
    {
        var shell = Start("echo made; exec sleep 1000");
        Assert.Equal("made", shell.StandardOutput.ReadLine());
        var container = SensedContainers.Make(2, hasOwnKernel: false, ProcessIdentity.Of(shell.Id)!.Value);
        Assert.Equal("done", _desk.Act(ResponseAction.KillContainer, "mine", container, static () => "", isDryRun: false));
        Assert.Equal("gone", _desk.Act(ResponseAction.KillContainer, "mine", container, static () => "", isDryRun: false));
        Assert.Equal("gone", _desk.Act(ResponseAction.Kill, "mine", container, static () => "done", isDryRun: false));
        Until(() => !Lives(shell.Id));
    }

    [Fact]
    public void A_sandbox_that_makes_processes_faster_than_they_are_killed_is_killed_as_a_whole_and_that_is_the_outcome()
    {
        var shell = Start("echo made; exec sleep 1000");
        Assert.Equal("made", shell.StandardOutput.ReadLine());
        var sandbox = SensedContainers.Make(3, hasOwnKernel: true, ProcessIdentity.Of(shell.Id)!.Value);
        _desk.Killer = static async (_, _) =>
        {
            await Task.Delay(Timeout.Infinite);
            return null;
        };
        var first = Fork(10, 1, 100, sandbox);
        for (uint pid = 11; pid <= 20; pid++)
        {
            Fork(pid, 10, pid, sandbox);
        }

        Assert.Equal("asked", _desk.Act(ResponseAction.Kill, _rule, first, isDryRun: false, wasDenied: false));
        Assert.Equal("asked already", _desk.Act(ResponseAction.Kill, _rule, first, isDryRun: false, wasDenied: false));
        var second = Fork(30, 1, 300, sandbox);
        for (uint pid = 31; pid <= 31 + KillQueue.MostWaiting; pid++)
        {
            Fork(pid, 30, pid, sandbox);
        }

        Assert.Equal("container killed: it makes processes faster than they can be killed", _desk.Act(ResponseAction.Kill, _rule, second, isDryRun: false, wasDenied: false));
        Assert.Equal(["it makes processes faster than they can be killed"], _ended);
        Until(() => !Lives(shell.Id));
        Assert.Equal("gone", _desk.Act(ResponseAction.Kill, _rule, second, isDryRun: false, wasDenied: false));
    }

    [Fact]
    public void What_condemned_processes_of_a_sandbox_make_without_end_ends_it()
    {
        var shell = Start("echo made; exec sleep 1000");
        Assert.Equal("made", shell.StandardOutput.ReadLine());
        var sandbox = SensedContainers.Make(3, hasOwnKernel: true, ProcessIdentity.Of(shell.Id)!.Value);
        _desk.Killer = static async (_, _) =>
        {
            await Task.Delay(Timeout.Infinite);
            return null;
        };
        Assert.Equal("asked", _desk.Act(ResponseAction.Kill, _rule, Fork(10, 1, 100, sandbox), isDryRun: false, wasDenied: false));
        for (uint pid = 11; pid < 2000; pid++)
        {
            Fork(pid, pid - 1, pid, sandbox);
        }

        Assert.Equal(["it makes processes faster than they can be killed"], _ended);
        Until(() => !Lives(shell.Id));
    }

    public void Dispose()
    {
        foreach (var known in _known)
        {
            known.Signal(9);
        }

        foreach (var process in _started)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    private Process Start(string script)
    {
        var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true })!;
        _started.Add(process);
        return process;
    }

    private ProcessEntry Know(int process, int parent) => Fork((uint)process, (uint)parent, ProcessIdentity.Of(process)!.Value.Start * 10_000_000, _container);

    private ProcessEntry Fork(uint process, uint parent, ulong start, SensedContainer container)
    {
        Assert.True(RecordView.TryRead(
            new RecordBytes(new RecordHead { Kind = RecordKind.Fork, Container = container.Number, Process = process, Thread = process, Parent = parent, Start = start }).ToArray(), out var view));
        return _processes.Fork(view, container);
    }

    private List<int> Children(int process)
    {
        List<int> children = [.. File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task/{process}/children"))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static p => int.Parse(p, CultureInfo.InvariantCulture))];
        _known.AddRange(children.Select(static child => ProcessIdentity.Of(child)!.Value));
        return children;
    }

    private static bool Lives(int process) => ProcessIdentity.Of(process)?.IsAlive() == true;

    private static void Until(Func<bool> isSo)
    {
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30); Thread.Sleep(1))
        {
            if (isSo())
            {
                return;
            }
        }

        Assert.Fail("it did not come to that");
    }
}
