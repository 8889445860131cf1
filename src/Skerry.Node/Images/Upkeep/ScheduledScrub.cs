using Skerry.Linux;

namespace Skerry.Node.Images.Upkeep;

/// <summary>
/// Reads all images again every so often, at a walk: nothing at all while the machine is busy or on its battery. A pass that a restart interrupts goes
/// on with what it has not been through. It mends nothing: a layer that is wrong is marked, so that nothing starts from it until it is mended.
/// </summary>
/// <remarks>At rest it holds a timer that fires when the next pass is due. One pass at a time.</remarks>
internal sealed class ScheduledScrub(ImageScrubber scrubber, string path, TimeSpan? every, long bytesPerSecond, Func<string?> whyBusy, TimeProvider clock)
{
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private ScrubPace? _pace;

    /// <summary>How often; null: never.</summary>
    internal TimeSpan? Every => every;

    /// <summary>Where it is, as far as it is on disk.</summary>
    internal ScrubState State => ScrubState.Load(path);

    /// <summary>Why a pass that is under way waits; null where none does.</summary>
    internal string? Waits => _pace?.Waits;

    /// <summary>Called with each thing that is not as it was stored.</summary>
    internal Action<ScrubFinding>? Found { get; set; }

    /// <summary>Called after each pass.</summary>
    internal Action<ScrubSummary>? Ended { get; set; }

    /// <summary>Runs until the node stops.</summary>
    internal async Task Run(CancellationToken stopping)
    {
        if (every is not { } period)
        {
            return;
        }

        try
        {
            await Task.Delay(Calm, clock, stopping).ConfigureAwait(false);
            while (true)
            {
                // On a new node nothing was read yet that had not been verified just before.
                var state = ScrubState.Load(path);
                if (state is { Begun: null, Ended: null })
                {
                    state.End(clock.GetUtcNow());
                }

                var due = state.Begun is not null ? clock.GetUtcNow() : state.Ended!.Value + period;
                if (due - clock.GetUtcNow() is { Ticks: > 0 } rest)
                {
                    await Task.Delay(rest < LongestWait ? rest : LongestWait, clock, stopping).ConfigureAwait(false);
                    continue;
                }

                await Pass(state, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops; the next start goes on.
        }
    }

    /// <summary>One pass, or what is left of it.</summary>
    internal async Task Pass(ScrubState state, CancellationToken ct)
    {
        if (state.Begun is null)
        {
            state.Begin(clock.GetUtcNow());
        }

        _pace = new ScrubPace(bytesPerSecond, whyBusy, clock, Wait);
        try
        {
            var summary = await scrubber.ScrubAsync(null, new ScrubOrder { Pace = _pace, Passed = new HashSet<string>(state.Passed, StringComparer.Ordinal), OnPassed = state.Pass }, new Told(this, state), null, ct).ConfigureAwait(false);
            state.End(clock.GetUtcNow());
            Ended?.Invoke(summary);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // An image that was removed meanwhile, or a store that cannot be read: what is left is for the next pass, and doctor tells of it.
            state.Find($"the pass could not be finished: {error.Message}");
            state.End(clock.GetUtcNow());
        }
        finally
        {
            _pace = null;
        }
    }

    private void Wait(TimeSpan time, CancellationToken ct)
    {
        ct.WaitHandle.WaitOne(time);
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>At once and in order, on the thread that found it.</summary>
    private sealed class Told(ScheduledScrub owner, ScrubState state) : IProgress<ScrubFinding>
    {
        public void Report(ScrubFinding value)
        {
            state.Find($"image {value.Image}: {value.Digest}{(value.Path.Length > 0 ? " /" + value.Path : string.Empty)} {value.Problem}");
            owner.Found?.Invoke(value);
        }
    }
}
