using Skerry.Guard.Conditions;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Decisions;

/// <summary>Judges a condition node by node, with no cleverness at all.</summary>
internal static class Reference
{
    public static bool Holds(string condition, KernelEvent e) => Holds(ConditionParser.Parse(condition), e);

    private static bool Holds(Condition condition, KernelEvent e) => condition switch
    {
        Condition.All all => all.Parts.All(p => Holds(p, e)),
        Condition.Any any => any.Parts.Any(p => Holds(p, e)),
        Condition.Not not => !Holds(not.Inner, e),
        Condition.Check check => TestCompiler.Compile(check).Holds(e),
        _ => throw new InvalidOperationException(),
    };
}
