using System.Runtime.InteropServices;

namespace Skerry.Node.Sensors.Alerts;

/// <summary>
/// How many alerts of one rule in one container are told, and of one container in all, so that no flood in one hides what happens in another, or fills disk, log and receivers. Where something
/// followed on an alert it counts apart, for these are what must not be missing among the others.
/// </summary>
/// <remarks>Safe for several threads; no alert that is left out allocates anything.</remarks>
internal sealed class AlertLimit
{
    /// <summary>Alerts of one rule in one container that may follow on each other at once; then as many as <see cref="Interval"/> allows.</summary>
    internal const int Burst = 500;

    /// <summary>Alerts of one container that may follow on each other at once, of all its rules; then as many as <see cref="IntervalOfAll"/> allows.</summary>
    internal const int BurstOfAll = 2000;

    private const long Interval = 20_000_000; // nanoseconds: 50 a second
    private const long IntervalOfAll = 5_000_000; // 200 a second
    private const int Most = 1 << 16; // beyond this what is over is forgotten

    private readonly Lock _gate = new(); // guards all below
    private readonly Dictionary<(string Rule, uint Container, bool IsNew), long> _next = [];
    private readonly Dictionary<uint, long> _nextOfAll = [];
    private long _leftOut;
    private long _leftOutNew;

    /// <summary>Alerts that were left out.</summary>
    internal long LeftOut => Interlocked.Read(ref _leftOut);

    /// <summary>Those of them on which something followed.</summary>
    internal long LeftOutNew => Interlocked.Read(ref _leftOutNew);

    /// <summary>Whether an alert is told; it counts either way.</summary>
    /// <param name="rule">Name of the rule.</param>
    /// <param name="container">Number of the container; 0 for none that is watched here.</param>
    /// <param name="now">Nanoseconds (CLOCK_MONOTONIC).</param>
    /// <param name="isNew">Something followed on it.</param>
    internal bool Admit(string rule, uint container, long now, bool isNew)
    {
        lock (_gate)
        {
            ref var next = ref CollectionsMarshal.GetValueRefOrAddDefault(_next, (rule, container, isNew), out _);
            var from = Math.Max(next, now - (Burst * Interval));
            var isOver = from > now;
            if (!isOver && !isNew && container != 0)
            {
                ref var nextOfAll = ref CollectionsMarshal.GetValueRefOrAddDefault(_nextOfAll, container, out _);
                var fromOfAll = Math.Max(nextOfAll, now - (BurstOfAll * IntervalOfAll));
                isOver = fromOfAll > now;
                nextOfAll = isOver ? nextOfAll : fromOfAll + IntervalOfAll;
            }

            if (isOver)
            {
                Interlocked.Increment(ref _leftOut);
                Interlocked.Add(ref _leftOutNew, isNew ? 1 : 0);
                return false;
            }

            next = from + Interval;
            if (_next.Count > Most)
            {
                Forget(now);
            }

            return true;
        }
    }

    private void Forget(long now)
    {
        foreach (var (key, _) in _next.Where(n => n.Value <= now - (Burst * Interval)).ToList())
        {
            _next.Remove(key);
        }

        foreach (var (key, _) in _nextOfAll.Where(n => n.Value <= now - (BurstOfAll * IntervalOfAll)).ToList())
        {
            _nextOfAll.Remove(key);
        }

        if (_next.Count > Most)
        {
            _next.Clear();
        }
    }
}
