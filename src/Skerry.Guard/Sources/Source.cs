using Skerry.Guard.Fields;

namespace Skerry.Guard.Sources;

/// <summary>One side of a check, ready to be read from events: a field, a transformed field, a constant.</summary>
internal abstract class Source
{
    /// <summary>The same for two sources that read the same.</summary>
    public required string Key { get; init; }

    /// <summary>Type of what is read.</summary>
    public required FieldType Type { get; init; }

    /// <summary>What one reading costs, in no particular unit.</summary>
    public int Cost { get; init; } = 1;

    /// <summary>True where the kind of event alone decides.</summary>
    public bool IsOfType { get; init; }

    /// <summary>True where it may be compared with another field.</summary>
    public bool AllowsRight { get; init; } = true;
}
