namespace Skerry.Guard.Conditions;

/// <summary>One side of a check, or what an output names.</summary>
/// <param name="Position">Where it begins.</param>
internal abstract record Operand(ConditionPosition Position)
{
    /// <summary>A field with its argument, as in proc.aname[2].</summary>
    internal sealed record Field(string Name, string? Argument, ConditionPosition Position) : Operand(Position)
    {
        public override string ToString() => Argument is null ? Name : $"{Name}[{Argument}]";
    }

    /// <summary>A transformer around others, as in tolower(proc.name).</summary>
    internal sealed record Transformed(string Transformer, IReadOnlyList<Operand> Inner, string? Argument, ConditionPosition Position) : Operand(Position)
    {
        public override string ToString() => $"{Transformer}({string.Join(", ", Inner)})" + (Argument is null ? "" : $"[{Argument}]");
    }

    /// <summary>A constant.</summary>
    internal sealed record Value(string Text, ConditionPosition Position) : Operand(Position)
    {
        public override string ToString() => Text;
    }

    /// <summary>A list of constants.</summary>
    internal sealed record Values(IReadOnlyList<string> Texts, ConditionPosition Position) : Operand(Position)
    {
        public override string ToString() => $"({string.Join(", ", Texts)})";
    }

    /// <summary>A list of operands, which only transformers take.</summary>
    internal sealed record Group(IReadOnlyList<Operand> Items, ConditionPosition Position) : Operand(Position)
    {
        public override string ToString() => $"({string.Join(", ", Items)})";
    }
}
