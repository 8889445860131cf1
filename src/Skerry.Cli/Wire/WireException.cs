namespace Skerry.Cli.Wire;

/// <summary>The peer broke HTTP/2 or gRPC, or the connection broke: nothing more can be said on it.</summary>
internal sealed class WireException(string message, Exception? cause = null) : IOException(message, cause);
