namespace Skerry.Guard.Rules;

/// <summary>A list, macro or rule as the files defined it so far.</summary>
internal abstract class RuleItem
{
    public required string Name { get; init; }

    public required LoadContext Context { get; init; }

    /// <summary>When it was first defined: items have the place of their first definition.</summary>
    public int Index { get; set; }

    /// <summary>When it was last changed: it sees the items that were first defined before.</summary>
    public int Visibility { get; set; }
}
