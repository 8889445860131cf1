namespace Skerry.Guard.Fields;

/// <summary>A field with its argument, as a condition or an output uses it.</summary>
/// <param name="Definition">The field.</param>
/// <param name="Argument">Its argument.</param>
/// <param name="Type">Type of the value, also where it depends on the argument.</param>
internal sealed record FieldUse(FieldDefinition Definition, FieldArgument Argument, FieldType Type)
{
    public bool IsList => Definition.Has(FieldTraits.List);

    /// <summary>True for a field that looks at every ancestor.</summary>
    public bool IsAnyAncestor => Definition is { AncestorText: not null } or { AncestorNumber: not null } && Argument is { Index: < 0, Key: null };
}
