namespace Skerry.Guard.Rules;

/// <summary>What is odd in a file of rules.</summary>
/// <param name="Code">The kind of warning.</param>
/// <param name="Message">What is odd; may be empty.</param>
/// <param name="Context">Where.</param>
public sealed record LoadWarning(LoadWarningCode Code, string Message, LoadContext Context)
{
    /// <summary>The field that is old; null where it is something else that is odd.</summary>
    public string? DeprecatedField { get; init; }
}
