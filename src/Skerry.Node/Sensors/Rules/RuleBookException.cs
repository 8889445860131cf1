namespace Skerry.Node.Sensors.Rules;

/// <summary>Rules were refused; the message says which file, where and why, as Falco does.</summary>
internal sealed class RuleBookException(string message) : IOException(message);
