using System.Diagnostics;
using Skerry.Linux.Processes;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Tests.Sensors.Responses;

/// <summary>Kills that the kernels of sandboxes are asked for, honest and hostile ones.</summary>
public sealed class KillQueueTests
{
    private readonly List<(SensedContainer Container, string Why)> _ended = [];
    private readonly List<int> _killed = [];
    private readonly SemaphoreSlim _began = new(0);
    private readonly SemaphoreSlim _mayEnd = new(0);
    private readonly KillQueue _queue;
    private int _running;
    private int _most;
    private string? _answer;
    private bool _answers = true;

    public KillQueueTests() => _queue = new KillQueue(Kill, (container, why) => Locked(() => _ended.Add((container, why))), TimeProvider.System);

    [Fact]
    public async Task One_at_a_time_is_killed_in_a_sandbox_and_few_on_the_node_and_none_is_forgotten()
    {
        var sandboxes = Enumerable.Range(1, 20).Select(static n => SensedContainers.Make((uint)n, hasOwnKernel: true)).ToArray();
        foreach (var sandbox in sandboxes)
        {
            Assert.Equal("asked", _queue.Ask(sandbox, [1, 2, 3]));
        }

        for (var i = 0; i < 60; i++)
        {
            Assert.True(await _began.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
            _mayEnd.Release();
        }

        await Until(() => _killed.Count == 60);
        Assert.InRange(_most, 1, 4);
        Assert.Empty(_ended);
    }

    [Fact]
    [Trait("Promise", "P-196")]
    public async Task One_sandbox_has_one_at_a_time_however_many_ask()
    {
        var sandbox = SensedContainers.Make(1, hasOwnKernel: true);
        for (var i = 1; i <= 100; i++)
        {
            Assert.Equal("asked", _queue.Ask(sandbox, [i]));
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.True(await _began.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
            Assert.Equal(0, _began.CurrentCount);
            _mayEnd.Release();
        }

        await Until(() => _killed.Count == 100);
        Assert.Equal(1, _most);
        Assert.Equal(Enumerable.Range(1, 100), _killed);
    }

    [Fact]
    public async Task What_was_asked_for_is_not_asked_for_again_until_it_is_done()
    {
        var sandbox = SensedContainers.Make(1, hasOwnKernel: true);
        Assert.Equal("asked", _queue.Ask(sandbox, [7, 8]));
        Assert.True(await _began.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.Equal("asked already", _queue.Ask(sandbox, [7]));
        Assert.Equal("asked already", _queue.Ask(sandbox, [8, 7]));
        Assert.Equal("asked", _queue.Ask(sandbox, [8, 9]));
        _mayEnd.Release(3);
        await Until(() => _killed.Count == 3);
        Assert.Equal([7, 8, 9], _killed);

        // Its number may be another's by now.
        await Until(() => _queue.Ask(sandbox, [7]) == "asked");
        _mayEnd.Release();
        await Until(() => _killed.Count == 4);
    }

    [Fact]
    [Trait("Promise", "P-196")]
    public async Task Who_makes_more_than_can_be_killed_is_ended_as_a_whole()
    {
        var (flood, other) = (SensedContainers.Make(1, hasOwnKernel: true), SensedContainers.Make(2, hasOwnKernel: true));
        var outcomes = Enumerable.Range(1, 2 * KillQueue.MostWaiting).Select(i => _queue.Ask(flood, [i])).ToList();
        Assert.InRange(outcomes.IndexOf(null), KillQueue.MostWaiting, KillQueue.MostWaiting + 1);
        Assert.Null(_queue.Ask(other, [.. Enumerable.Range(1, KillQueue.MostWaiting + 1)]));
        _mayEnd.Release(1000);
        await Until(() => _queue.Ask(other, [1]) == "asked");
    }

    [Fact]
    public async Task A_kernel_that_does_not_kill_is_asked_twice_and_then_ended()
    {
        var sandbox = SensedContainers.Make(1, hasOwnKernel: true);
        _answer = "not today";
        _mayEnd.Release(10);
        _queue.Ask(sandbox, [7, 8]);
        await Until(() => _ended.Count == 1);
        Assert.Equal("its kernel did not kill process 7: not today", _ended[0].Why);
        Assert.Equal([7, 7], _killed);
    }

    [Fact]
    public async Task A_kernel_that_does_not_answer_holds_nobody_up_and_is_ended()
    {
        var (silent, honest) = (SensedContainers.Make(1, hasOwnKernel: true), SensedContainers.Make(2, hasOwnKernel: true));
        _answers = false;
        _queue.Ask(silent, [7]);
        Assert.True(await _began.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        _answers = true;
        _mayEnd.Release();
        _queue.Ask(honest, [8]);
        await Until(() => _killed.Contains(8));
        await Until(() => _ended.Count == 1);
        Assert.Same(silent, _ended[0].Container);
        Assert.Contains("within 5 s", _ended[0].Why, StringComparison.Ordinal);
    }

    private async Task<string?> Kill(SensedContainer container, int process)
    {
        Locked(() => _most = Math.Max(_most, ++_running));
        var answers = _answers;
        _began.Release();
        if (!answers)
        {
            await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
        }

        await _mayEnd.WaitAsync();
        Locked(() =>
        {
            _running--;
            _killed.Add(process);
        });
        return _answer;
    }

    private void Locked(Action act)
    {
        lock (_killed)
        {
            act();
        }
    }

    private async Task Until(Func<bool> isSo)
    {
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30); await Task.Delay(1))
        {
            var so = false;
            Locked(() => so = isSo());
            if (so)
            {
                return;
            }
        }

        Assert.Fail("it did not come to that");
    }
}
