namespace Skerry.Guard.Decisions;

/// <summary>A condition in its compiled form: a node of a graph in which every sub-expression exists once, whatever rules share it.</summary>
internal sealed class Decision
{
    /// <summary>How the parts of a decision are joined.</summary>
    internal enum Shape
    {
        /// <summary>Known when rules are loaded.</summary>
        Fixed,

        /// <summary>One test.</summary>
        Leaf,

        /// <summary>The opposite of its part.</summary>
        Not,

        /// <summary>All its parts.</summary>
        All,

        /// <summary>Any of its parts.</summary>
        Any,
    }

    public required int Id { get; init; }

    public required Shape Kind { get; init; }

    public bool Value { get; init; }

    public Test? Test { get; init; }

    public IReadOnlyList<Decision> Parts { get; init; } = [];

    /// <summary>What deciding costs at most.</summary>
    public int Cost { get; init; }
}
