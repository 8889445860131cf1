using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Skerry.Guard.Events;
using Skerry.Linux.Bpf;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;
using Skerry.Node.Sensors.Rules;

namespace Skerry.Node.Tests.Sensors;

/// <summary>What is told and done of an event on which several rules fire.</summary>
public sealed class EventJudgeTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-judge-").FullName;
    private readonly AlertDesk _desk;
    private readonly List<(string Rule, string Action, string Outcome)> _alerts = [];
    private readonly List<(ResponseAction Action, string Rule)> _asked = [];
    private readonly ConcurrentQueue<int> _killed = [];
    private readonly List<string> _captured = [];
    private readonly ProcessTable _processes = new();
    private EventJudge _judge;

    public EventJudgeTests()
    {
        _desk = new AlertDesk(new GuardOptions { Log = false }, Path.Combine(_directory, "alerts.jsonl"), NullLogger.Instance) { Taken = a => _alerts.Add((a.Rule, a.Response.ActionName, a.Response.Outcome)) };
        _judge = Make(0);
    }

    private EventJudge Make(long aMinute) => new(
        _desk,
        new ResponseDesk(_processes, new ResponseBounds(new MaintenanceBook(), TimeSpan.Zero, aMinute))
        {
            Asked = a => _asked.Add((a.Action, a.Rule)),
            Killer = (_, process) =>
            {
                _killed.Enqueue(process);
                return Task.FromResult<string?>(null);
            },
            Captured = a => _captured.Add(a.Rule),
        });

    public async ValueTask DisposeAsync()
    {
        await _desk.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_policys_response_is_given_though_a_rule_of_the_node_fires_on_the_same_event_before_it()
    {
        Use(["drift"], new() { ["tag:policy_drift"] = ["quarantine"] });
        _judge.Judge(Exec(Entry(1), p => p.IsExecutableInUpperLayer = true), Entry(1), wasKilled: false);
        await _desk.DisposeAsync();
        Assert.Equal([("Program that is not of the image", "alert", "told"), ("drift: program that the image does not have", "quarantine", "asked")], _alerts);
        Assert.Equal([(ResponseAction.Quarantine, "drift: program that the image does not have")], _asked);
    }

    [Fact]
    public async Task A_shell_that_was_given_a_terminal_is_still_one_that_nobody_may_have()
    {
        Use(["no-shell"], new() { ["no-shell: shell started"] = ["kill"] });
        _judge.Judge(Exec(Entry(1), p => (p.Name, p.ExecutablePath, p.Terminal) = ("sh", "/bin/sh", 34816)), Entry(1), wasKilled: false);
        await _desk.DisposeAsync();
        Assert.Equal([("Shell with a terminal", "alert", "told"), ("no-shell: shell started", "kill", "asked")], _alerts);
    }

    [Fact]
    public async Task The_strongest_action_comes_first_and_none_is_done_twice()
    {
        Use(["drift", "no-shell"], new() { ["Program that is not of the image"] = ["pause"], ["tag:policy_drift"] = ["kill"], ["tag:policy_no_shell"] = ["kill"] });
        _judge.Judge(Exec(Entry(1), p => (p.Name, p.IsExecutableInUpperLayer) = ("sh", true)), Entry(1), wasKilled: false);
        await _desk.DisposeAsync();
        Assert.Equal([(ResponseAction.Pause, "Program that is not of the image")], _asked);
        Assert.Equal(
            [("Program that is not of the image", "pause", "asked"), ("drift: program that the image does not have", "kill", "asked"), ("no-shell: shell started", "kill", "asked")], _alerts);
    }

    [Fact]
    public async Task What_a_killed_process_starts_before_it_is_gone_is_killed_too()
    {
        Use(["no-shell"], new() { ["no-shell: shell started"] = ["kill"] });
        var container = Entry(1).Container;
        var shell = Fork(7, 1, container);
        Fork(8, 7, container);
        _judge.Judge(Exec(shell, static p => (p.Name, p.ExecutablePath) = ("sh", "/bin/sh")), shell, wasKilled: false);
        Fork(9, 7, container);
        Fork(10, 8, container);
        Fork(11, 1, container);
        for (var i = 0; i < 10_000 && _killed.Count < 4; i++)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Equal([7, 8, 9, 10], _killed);
    }

    [Fact]
    public async Task A_flood_of_one_rule_in_a_container_leaves_out_nothing_of_another()
    {
        Use([], []);
        for (var i = 0; i < 2000; i++)
        {
            _judge.Judge(Exec(Entry(1), p => p.IsExecutableInUpperLayer = true), Entry(1), wasKilled: false);
        }

        Assert.InRange(_judge.Limit.LeftOut, 1000, 1500);
        var before = _judge.Limit.LeftOut;
        _judge.Judge(Exec(Entry(2), p => p.IsExecutableInUpperLayer = true), Entry(2), wasKilled: false);
        Assert.Equal(before, _judge.Limit.LeftOut);
        await _desk.DisposeAsync();
    }

    [Theory]
    [InlineData("pause", "asked", "cooling")]
    [InlineData("kill", "asked", "asked already")]
    [InlineData("capture", "told", "told")]
    [Trait("Promise", "P-196")]
    public async Task A_flood_of_a_rule_that_something_follows_on_is_left_out_too_but_for_what_was_done(string answer, string first, string then)
    {
        Use([], new() { ["Program that is not of the image"] = [answer] });
        var entry = Entry(1);
        for (var i = 0; i < 5000; i++)
        {
            _judge.Judge(Exec(entry, p => p.IsExecutableInUpperLayer = true), entry, wasKilled: false);
        }

        await _desk.DisposeAsync();
        Assert.InRange(_alerts.Count, AlertLimit.Burst, AlertLimit.Burst + 500);
        Assert.Equal(5000 - _alerts.Count, _judge.Limit.LeftOut);
        Assert.Equal(0, _judge.Limit.LeftOutNew);
        Assert.Equal(first, _alerts[0].Outcome);
        Assert.All(_alerts.Skip(1), alert => Assert.Equal(then, alert.Outcome));
        Assert.Equal((answer == "capture" ? 1 : 0, answer == "pause" ? 1 : 0), (_captured.Count, _asked.Count));
    }

    [Fact]
    [Trait("Promise", "P-196")]
    public async Task What_was_done_is_told_however_many_alerts_were_left_out_before()
    {
        Use([], new() { ["Program that is not of the image"] = ["kill"] });
        var container = Entry(1).Container;
        var killed = Fork(100, 1, container);
        for (var i = 0; i < 5000; i++)
        {
            _judge.Judge(Exec(killed, p => p.IsExecutableInUpperLayer = true), killed, wasKilled: false);
        }

        Assert.InRange(_judge.Limit.LeftOut, 3500, 4500);
        for (uint pid = 200; pid < 300; pid++)
        {
            var other = Fork(pid, 1, container);
            _judge.Judge(Exec(other, p => p.IsExecutableInUpperLayer = true), other, wasKilled: false);
        }

        await _desk.DisposeAsync();
        Assert.Equal(101, _alerts.Count(static a => a.Outcome == "asked"));
        Assert.Equal(0, _judge.Limit.LeftOutNew);
    }

    [Fact]
    public async Task Programs_that_the_kernel_kills_in_a_loop_do_not_fill_the_file_of_alerts()
    {
        Use([], []);
        for (var i = 0; i < 3000; i++)
        {
            _judge.Judge(Exec(Entry(1), static _ => { }), Entry(1), wasKilled: true);
        }

        await _desk.DisposeAsync();
        Assert.InRange(_alerts.Count, AlertLimit.Burst, AlertLimit.Burst + 500);
        Assert.Equal(3000 - _alerts.Count, _judge.Limit.LeftOutNew);
    }

    [Fact]
    public async Task A_flood_that_finds_its_responses_a_minute_used_up_captures_nothing_more()
    {
        Use([], new() { ["Program that is not of the image"] = ["capture"] }, aMinute: 2);
        for (uint container = 1; container <= 5; container++)
        {
            _judge.Judge(Exec(Entry(container), p => p.IsExecutableInUpperLayer = true), Entry(container), wasKilled: false);
        }

        await _desk.DisposeAsync();
        Assert.Equal(2, _captured.Count);
        Assert.Equal(5, _alerts.Count);
    }

    private void Use(string[] policies, Dictionary<string, IReadOnlyList<string>> answers, long aMinute = 0)
    {
        _judge = aMinute == 0 ? _judge : Make(aMinute);
        var options = new GuardOptions { RuleFiles = [], Policies = policies, Responses = answers };
        var loaded = RuleBook.Load(options);
        _judge.Use(loaded.Set, new ResponsePlan(options, loaded.Set, loaded.Kernel));
    }

    private ProcessEntry Fork(uint process, uint parent, SensedContainer container)
    {
        Assert.True(RecordView.TryRead(new RecordBytes(new RecordHead { Kind = RecordKind.Fork, Container = 1, Process = process, Thread = process, Parent = parent, Start = process }).ToArray(), out var view));
        return _processes.Fork(view, container);
    }

    private static KernelEvent Exec(ProcessEntry entry, Action<ProcessFacts> change)
    {
        change(entry.Facts);
        var e = new KernelEvent();
        e.Begin(EventTypes.Get("execve"));
        (e.Number, e.Timestamp, e.Process, e.Result) = (1, 1_700_000_000_000_000_000, entry.Facts, 0);
        return e;
    }

    /// <summary>A process of a sandbox: its kernel is asked to kill, so that nothing is killed here.</summary>
    private static ProcessEntry Entry(uint container)
    {
        var facts = new ContainerFacts { Id = "aaaaaaaaaaaa", Name = "web" };
        return new ProcessEntry
        {
            Start = 1,
            Facts = new ProcessFacts { Pid = 7, Name = "x", ExecutablePath = "/tmp/x", Container = facts },
            Container = new SensedContainer
            {
                Number = container,
                Id = new string('a', 64),
                PodId = "pod",
                PidNamespace = 0,
                HasOwnKernel = true,
                First = new ProcessIdentity(0, 0),
                Facts = facts,
                Users = UserBook.Of(0, IdRange.At(0x1000_0000)),
            },
        };
    }
}
