namespace Skerry.Guard.Fields;

/// <summary>The argument of a field: a number, or a name, or neither.</summary>
/// <param name="Index">The number; -1 for none.</param>
/// <param name="Key">The name; null for none.</param>
internal readonly record struct FieldArgument(int Index, string? Key)
{
    public static FieldArgument None { get; } = new(-1, null);
}
