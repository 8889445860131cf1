namespace Skerry.Wasm;

/// <summary>A command line that says nothing, or two things.</summary>
internal sealed class UsageException(string message) : Exception(message);
