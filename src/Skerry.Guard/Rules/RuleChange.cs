namespace Skerry.Guard.Rules;

/// <summary>What a file changes in a rule of a file before; what is null stays.</summary>
internal sealed class RuleChange
{
    public required string Name { get; init; }

    public required LoadContext Context { get; init; }

    /// <summary>Source of the rule, where the change names one.</summary>
    public string Source { get; set; } = "";

    public string? Condition { get; set; }

    public string? Output { get; set; }

    public string? Description { get; set; }

    public Priority? Priority { get; set; }

    public SortedSet<string>? Tags { get; set; }

    public List<ExceptionItem>? Exceptions { get; set; }

    public bool? IsEnabled { get; set; }

    public bool? Captures { get; set; }

    public uint? CaptureMilliseconds { get; set; }

    public bool? WarnsOfTypes { get; set; }

    public bool? IsSkippedIfUnknown { get; set; }

    public bool IsEmpty => Condition is null && Output is null && Description is null && Priority is null && Tags is null && Exceptions is null
        && IsEnabled is null && Captures is null && CaptureMilliseconds is null && WarnsOfTypes is null && IsSkippedIfUnknown is null;
}
