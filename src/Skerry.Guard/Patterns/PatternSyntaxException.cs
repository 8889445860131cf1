namespace Skerry.Guard.Patterns;

/// <summary>A regular expression is not of the POSIX extended syntax, or too large.</summary>
internal sealed class PatternSyntaxException(string message) : Exception(message);
