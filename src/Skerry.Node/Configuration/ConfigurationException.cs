namespace Skerry.Node.Configuration;

/// <summary>The configuration cannot be used; the message names the file, the key and what is allowed.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);
