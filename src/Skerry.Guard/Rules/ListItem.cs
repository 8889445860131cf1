namespace Skerry.Guard.Rules;

/// <summary>A list.</summary>
internal sealed class ListItem : RuleItem
{
    public required List<string> Items { get; init; }
}
