namespace Skerry.Guard.Decisions;

/// <summary>A decision as jumps: "and", "or" and "not" are gone, only tests are left. It begins at its last step.</summary>
internal sealed class DecisionProgram
{
    private readonly Step[] _steps;

    private DecisionProgram(Step[] steps) => _steps = steps;

    public ReadOnlySpan<Step> Steps => _steps;

    /// <summary>Compiles a decision.</summary>
    /// <param name="decision">The decision, not a fixed one.</param>
    /// <param name="slots">Number of the test of a node, for leaves and for nodes that are decided once an event; null for others.</param>
    public static DecisionProgram Compile(Decision decision, Func<Decision, int?> slots)
    {
        List<Step> steps = [];
        EmitParts(decision, Step.Accept, Step.Refuse, steps, slots);
        return new DecisionProgram([.. steps]);
    }

    /// <summary>Emits from the end to the start, so that where a step leads is known; returns where the node begins.</summary>
    private static int Emit(Decision decision, int whenTrue, int whenFalse, List<Step> steps, Func<Decision, int?> slots)
    {
        if (slots(decision) is { } slot)
        {
            steps.Add(new Step(slot, whenTrue, whenFalse));
            return steps.Count - 1;
        }

        return EmitParts(decision, whenTrue, whenFalse, steps, slots);
    }

    private static int EmitParts(Decision decision, int whenTrue, int whenFalse, List<Step> steps, Func<Decision, int?> slots)
    {
        switch (decision.Kind)
        {
            case Decision.Shape.Leaf:
                steps.Add(new Step(slots(decision)!.Value, whenTrue, whenFalse));
                return steps.Count - 1;
            case Decision.Shape.Not:
                return Emit(decision.Parts[0], whenFalse, whenTrue, steps, slots);
            case Decision.Shape.All:
                return decision.Parts.Reverse().Aggregate(whenTrue, (next, part) => Emit(part, next, whenFalse, steps, slots));
            case Decision.Shape.Any:
                return decision.Parts.Reverse().Aggregate(whenFalse, (next, part) => Emit(part, whenTrue, next, steps, slots));
            default:
                throw new InvalidOperationException("a fixed decision has no program");
        }
    }
}
