namespace Skerry.Guard.Rules;

/// <summary>A part of an exception: a text, or several.</summary>
/// <param name="Text">The text; of several nothing.</param>
/// <param name="Items">Several; null for one.</param>
internal sealed record ExceptionValue(string Text, IReadOnlyList<ExceptionValue>? Items)
{
    public bool IsList => Items is not null;

    /// <summary>False for what was written and holds nothing.</summary>
    public bool IsPresent => IsList ? Items!.Count > 0 : Text.Length > 0;
}
