namespace Skerry.Guard.Rules;

/// <summary>A macro.</summary>
internal sealed class MacroItem : RuleItem
{
    public required string Condition { get; set; }

    public required LoadContext ConditionContext { get; init; }
}
