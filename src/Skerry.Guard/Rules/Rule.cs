using Skerry.Guard.Alerts;

namespace Skerry.Guard.Rules;

/// <summary>A rule as it was loaded, with all files' changes to it.</summary>
public sealed class Rule
{
    /// <summary>Name, one of its kind.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <summary>How grave it is.</summary>
    public required Priority Priority { get; init; }

    /// <summary>Where its events come from.</summary>
    public required string Source { get; init; }

    /// <summary>Its tags, in order.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>The condition after lists and exceptions were put in; macros are still names.</summary>
    public required string Condition { get; init; }

    /// <summary>The message of its alerts.</summary>
    public required OutputTemplate Output { get; init; }

    /// <summary>The fields of its alerts, in the order of their names.</summary>
    internal IReadOnlyList<AlertField> Fields { get; init; } = [];

    /// <summary>False for a rule that is loaded and not asked.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>True where its alerts ask for a recording of what follows.</summary>
    public bool Captures { get; init; }

    /// <summary>Length of the recording.</summary>
    public TimeSpan CaptureDuration { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal Rule With(bool isEnabled) => new()
    {
        Name = Name,
        Description = Description,
        Priority = Priority,
        Source = Source,
        Tags = Tags,
        Condition = Condition,
        Output = Output,
        Fields = Fields,
        IsEnabled = isEnabled,
        Captures = Captures,
        CaptureDuration = CaptureDuration,
    };
}
