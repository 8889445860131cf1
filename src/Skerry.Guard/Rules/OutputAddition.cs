namespace Skerry.Guard.Rules;

/// <summary>What a configuration adds to the alerts of rules: one entry of Falco's append_output.</summary>
public sealed class OutputAddition
{
    /// <summary>The one rule it is for; null for any.</summary>
    public string? Rule { get; init; }

    /// <summary>The source it is for; null for any.</summary>
    public string? Source { get; init; }

    /// <summary>Tags that a rule must all have.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What comes behind the message, after a space; null for nothing.</summary>
    public string? Output { get; init; }

    /// <summary>Fields that alerts have beside those of the message, by their names: a text with fields in it, or null for the field of that name.</summary>
    public IReadOnlyDictionary<string, string?> Fields { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    internal bool IsFor(RuleDraft rule) => (Rule ?? rule.Name) == rule.Name && (Source ?? rule.Source) == rule.Source && Tags.All(rule.Tags.Contains);
}
