using System.Globalization;
using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Times of events as text.</summary>
internal static class TimeText
{
    private const int NanosecondsInTick = 100;
    private const long SecondInNanoseconds = 1_000_000_000;

    /// <summary>Writes the time of an event in UTC.</summary>
    /// <param name="e">The event.</param>
    /// <param name="format">Format of <see cref="DateTime"/> down to seconds.</param>
    /// <param name="fraction">Whether nine digits of nanoseconds follow.</param>
    /// <param name="end">What follows them.</param>
    public static Text Write(KernelEvent e, string format, bool fraction, ReadOnlySpan<byte> end = default)
    {
        const int Longest = 32;
        var scratch = e.Scratch.Begin();
        var time = DateTime.UnixEpoch.AddTicks(e.Timestamp / NanosecondsInTick);
        time.TryFormat(scratch.Reserve(Longest), out var written, format, CultureInfo.InvariantCulture);
        scratch.Advance(written);
        if (fraction)
        {
            scratch.Append((byte)'.').Append(e.Timestamp % SecondInNanoseconds, "D9");
        }

        return scratch.Append(end).Take();
    }
}
