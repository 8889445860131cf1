namespace Skerry.Guard.Rules;

/// <summary>Ends the loading of a file; becomes a <see cref="LoadError"/> in its result.</summary>
internal sealed class RuleLoadException(LoadErrorCode code, string message, LoadContext context) : Exception(message)
{
    public LoadError Error { get; } = new(code, message, context);

    public static RuleLoadException Form(string message, LoadContext context) => new(LoadErrorCode.YamlValidate, message, context);

    public static RuleLoadException Fit(string message, LoadContext context) => new(LoadErrorCode.Validate, message, context);
}
