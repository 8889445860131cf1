namespace Skerry.Guard.Conditions;

/// <summary>How many of the values on the right must fit.</summary>
internal enum ComparisonModifier
{
    /// <summary>There is one value.</summary>
    None,

    /// <summary>Exactly one.</summary>
    OneOf,

    /// <summary>At least one.</summary>
    AnyOf,

    /// <summary>Every one.</summary>
    AllOf,
}
