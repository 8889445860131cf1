namespace Skerry.Guard.Conditions;

/// <summary>A condition as it was written: and, or, not, checks of fields, names of macros.</summary>
/// <param name="Position">Where it begins.</param>
internal abstract record Condition(ConditionPosition Position)
{
    /// <summary>Every part holds.</summary>
    internal sealed record All(IReadOnlyList<Condition> Parts, ConditionPosition Position) : Condition(Position);

    /// <summary>Some part holds.</summary>
    internal sealed record Any(IReadOnlyList<Condition> Parts, ConditionPosition Position) : Condition(Position);

    /// <summary>The inner condition does not hold.</summary>
    internal sealed record Not(Condition Inner, ConditionPosition Position) : Condition(Position);

    /// <summary>A field compared with something; with nothing for "exists".</summary>
    internal sealed record Check(Operand Left, Comparison Comparison, Operand? Right, ConditionPosition Position) : Condition(Position);

    /// <summary>The name of a macro.</summary>
    internal sealed record Macro(string Name, ConditionPosition Position) : Condition(Position);
}
