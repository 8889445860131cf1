namespace Skerry.Guard.Rules;

/// <summary>An exception of a rule: fields, how they are compared, and the values that are let pass.</summary>
internal sealed class ExceptionItem
{
    public required string Name { get; init; }

    public required LoadContext Context { get; init; }

    /// <summary>One field, or a list of fields; null where a file only adds values.</summary>
    public ExceptionValue? Fields { get; set; }

    /// <summary>One operator, or one for each field.</summary>
    public ExceptionValue? Comparisons { get; set; }

    /// <summary>Values, or lists with a value for each field.</summary>
    public List<ExceptionValue> Values { get; init; } = [];
}
