using System.Globalization;
using Skerry.Guard.Conditions;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;

namespace Skerry.Guard.Decisions;

/// <summary>Whether an event was at most so many milliseconds before or after a time: evt.around[NANOSECONDS] = MILLISECONDS.</summary>
internal sealed class AroundTest(UInt128 centre, UInt128 distance, string key) : Test(key, cost: 1, isOfType: false)
{
    public const string FieldName = "evt.around";

    private const uint NanosecondsInMillisecond = 1_000_000;

    /// <exception cref="FieldException">It is not compared so.</exception>
    public static AroundTest Create(string centre, Comparison comparison, Operand right)
    {
        if (comparison is not { Operator: ComparisonOperator.Equal, Modifier: ComparisonModifier.None } || right is not Operand.Value { Text: var milliseconds })
        {
            throw new FieldException($"{FieldName} goes with '=' and a number of milliseconds alone");
        }

        return new AroundTest(Read(centre), (UInt128)Read(milliseconds) * NanosecondsInMillisecond, $"{FieldName}[{centre}]\u0001{milliseconds}");
    }

    public override bool Holds(KernelEvent e)
    {
        var time = (UInt128)(ulong)e.Timestamp;
        return (time > centre ? time - centre : centre - time) <= distance;
    }

    private static ulong Read(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FieldException($"'{text}' is no number");
}
