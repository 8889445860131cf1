using Skerry.Linux;

namespace Skerry.Node.Sensors.Responses;

/// <summary>
/// Processes that only the kernel of their sandbox can kill, and that it is asked to kill one by one: one at a time in a sandbox and few on the node, each asked for once.
/// Where a sandbox makes them faster than that, or its kernel does not do it, the sandbox is killed as a whole: no kill is dropped.
/// </summary>
/// <remarks>Any thread may ask.</remarks>
/// <param name="kill">Has one killed. Null: it is gone, or else why not.</param>
/// <param name="end">Ends a sandbox as a whole, told why.</param>
/// <param name="clock">Time.</param>
internal sealed class KillQueue(Func<SensedContainer, int, Task<string?>> kill, Action<SensedContainer, string> end, TimeProvider clock)
{
    /// <summary>Most processes of a sandbox that wait: some seconds' worth.</summary>
    internal const int MostWaiting = 128;

    private const int AtOnce = 4;
    private const int Tries = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new(); // guards _waiting and all in it
    private readonly Dictionary<SensedContainer, Waiting> _waiting = [];
    private readonly SemaphoreSlim _width = new(AtOnce);

    /// <summary>Asks for the end of processes; returns at once.</summary>
    /// <returns>The outcome, see <see cref="Outcomes"/>; null: there are too many, and whoever asked is to end the sandbox.</returns>
    internal string? Ask(SensedContainer container, IReadOnlyList<int> processes)
    {
        lock (_gate)
        {
            var isFirst = !_waiting.TryGetValue(container, out var waiting);
            waiting ??= new Waiting();
            var added = 0;
            foreach (var process in processes)
            {
                if (waiting.Known.Add(process))
                {
                    waiting.Order.Enqueue(process);
                    added++;
                }
            }

            if (waiting.Order.Count > MostWaiting)
            {
                waiting.Order.Clear();
                return null;
            }

            if (isFirst && added > 0)
            {
                _waiting[container] = waiting;
                _ = Task.Run(() => Work(container, waiting));
            }

            return added > 0 ? Outcomes.Asked : Outcomes.AskedAlready;
        }
    }

    private async Task Work(SensedContainer container, Waiting waiting)
    {
        while (Next(container, waiting) is { } process)
        {
            await _width.WaitAsync().ConfigureAwait(false);
            try
            {
                if (!container.IsCondemned && await Kill(container, process).ConfigureAwait(false) is { } why)
                {
                    lock (_gate)
                    {
                        waiting.Order.Clear();
                    }

                    end(container, why);
                }
            }
            finally
            {
                _width.Release();
            }

            lock (_gate)
            {
                waiting.Known.Remove(process);
            }
        }
    }

    /// <summary>The next one; null: there is none, and whoever asks for another begins anew.</summary>
    private int? Next(SensedContainer container, Waiting waiting)
    {
        lock (_gate)
        {
            if (waiting.Order.TryDequeue(out var process))
            {
                return process;
            }

            _waiting.Remove(container);
            return null;
        }
    }

    /// <summary>Why it was not done; null where it was.</summary>
    private async Task<string?> Kill(SensedContainer container, int process)
    {
        string? why = null;
        for (var i = 0; i < Tries; i++)
        {
            var killing = kill(container, process);
            using var over = new CancellationTokenSource();
            if (await Task.WhenAny(killing, Task.Delay(Patience, clock, over.Token)).ConfigureAwait(false) != killing)
            {
                return FormattableString.Invariant($"its kernel did not kill process {process} within {Patience.TotalSeconds} s");
            }

            await over.CancelAsync().ConfigureAwait(false);
            if ((why = await killing.ConfigureAwait(false)) is null)
            {
                return null;
            }
        }

        return FormattableString.Invariant($"its kernel did not kill process {process}: {why}");
    }

    private sealed class Waiting
    {
        internal Queue<int> Order { get; } = [];

        internal HashSet<int> Known { get; } = [];
    }
}
