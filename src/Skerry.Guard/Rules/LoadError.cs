namespace Skerry.Guard.Rules;

/// <summary>Why a file of rules is refused.</summary>
/// <param name="Code">The kind of error.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Context">Where.</param>
public sealed record LoadError(LoadErrorCode Code, string Message, LoadContext Context);
