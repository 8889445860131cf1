namespace Skerry.Guard.Conditions;

/// <summary>A condition, or a field in an output, is not of the language.</summary>
internal sealed class ConditionSyntaxException(string message, ConditionPosition position) : Exception(message)
{
    /// <summary>Where the text stops making sense.</summary>
    public ConditionPosition Position { get; } = position;
}
