namespace Skerry.Guard.Patterns;

/// <summary>A regular expression as it was written.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of any of these ranges, which are in order and do not touch.</summary>
    internal sealed record Characters(IReadOnlyList<(int First, int Last)> Ranges) : PatternNode;

    /// <summary>One after the other; nothing for an empty list.</summary>
    internal sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>Any of them.</summary>
    internal sealed record Choice(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>At least and at most so many times; -1 for no end.</summary>
    internal sealed record Repeat(PatternNode Inner, int Least, int Most) : PatternNode;

    /// <summary>The start of a line, or the end of one.</summary>
    internal sealed record LineEdge(bool IsEnd) : PatternNode;
}
