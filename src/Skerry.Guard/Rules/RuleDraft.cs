namespace Skerry.Guard.Rules;

/// <summary>A rule before it is compiled; files may still change it.</summary>
internal sealed class RuleDraft : RuleItem
{
    public required string Source { get; init; }

    public required string Condition { get; set; }

    public required LoadContext ConditionContext { get; init; }

    public required string Output { get; set; }

    public required LoadContext OutputContext { get; init; }

    public required string Description { get; set; }

    public Priority Priority { get; set; }

    public SortedSet<string> Tags { get; set; } = new(StringComparer.Ordinal);

    public List<ExceptionItem> Exceptions { get; set; } = [];

    public bool IsEnabled { get; set; } = true;

    public bool Captures { get; set; }

    public uint CaptureMilliseconds { get; set; }

    public bool WarnsOfTypes { get; set; } = true;

    public bool IsSkippedIfUnknown { get; set; }

    public bool IsSourceUnknown { get; set; }
}
