namespace Skerry.Node.Sensors.Recording;

/// <summary>Something that works or does not: told once when it stops to work, and once when it works again.</summary>
/// <remarks>One that comes and goes is told at most once in <see cref="Calm"/>; one that stays is told then. Safe for several threads.</remarks>
/// <param name="clock">Time.</param>
/// <param name="told">Told what is wrong; null: nothing any more.</param>
internal sealed class Trouble(TimeProvider clock, Action<string?> told)
{
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new(); // guards both below
    private long? _over;
    private bool _isTold;

    /// <summary>How it does now.</summary>
    /// <param name="problem">What is wrong; null for nothing.</param>
    internal void Note(string? problem)
    {
        lock (_gate)
        {
            if (problem is null == !_isTold || (problem is not null && _over is { } over && clock.GetElapsedTime(over) < Calm))
            {
                return;
            }

            _isTold = problem is not null;
            _over = _isTold ? null : clock.GetTimestamp();
        }

        told(problem);
    }
}
