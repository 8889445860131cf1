namespace Skerry.Guard.Patterns;

/// <summary>A regular expression as it was written.</summary>
internal abstract record PatternNode
{
    /// <summary>How often its innermost part is repeated by counts in one another; a count without end stands for its beginning.</summary>
    public virtual long MostRepeats => 1;

    /// <summary>This, so many times. Stars, plusses and question marks behind one another are one.</summary>
    public PatternNode Repeated(int least, int most)
    {
        static bool IsMark(int least, int most) => (least, most) is (0, -1) or (1, -1) or (0, 1);
        return this is Repeat inner && IsMark(inner.Least, inner.Most) && IsMark(least, most)
            ? ((inner.Least, inner.Most) == (least, most) ? inner : new Repeat(inner.Inner, 0, -1))
            : new Repeat(this, least, most);
    }

    /// <summary>One character of any of these ranges, which are in order and do not touch.</summary>
    internal sealed record Characters(IReadOnlyList<(int First, int Last)> Ranges) : PatternNode;

    /// <summary>One after the other; nothing for an empty list.</summary>
    internal sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode
    {
        public override long MostRepeats => Parts.Select(static p => p.MostRepeats).DefaultIfEmpty(1).Max();
    }

    /// <summary>Any of them.</summary>
    internal sealed record Choice(IReadOnlyList<PatternNode> Parts) : PatternNode
    {
        public override long MostRepeats => Parts.Max(static p => p.MostRepeats);
    }

    /// <summary>At least and at most so many times; -1 for no end.</summary>
    internal sealed record Repeat(PatternNode Inner, int Least, int Most) : PatternNode
    {
        public override long MostRepeats => Inner.MostRepeats * Math.Max(1, Most < 0 ? Least : Most);
    }

    /// <summary>The start of a line, or the end of one.</summary>
    internal sealed record LineEdge(bool IsEnd) : PatternNode;
}
