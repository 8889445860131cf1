namespace Skerry.Guard.Rules;

/// <summary>A rule names what this engine does not know. A rule may ask to be left out then.</summary>
internal sealed class UnknownFieldException(string message, LoadContext context) : Exception(message)
{
    public LoadContext Context { get; } = context;
}
