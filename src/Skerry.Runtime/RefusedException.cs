namespace Skerry.Runtime;

/// <summary>The call was refused before the runtime beneath was started; the message is what the caller sees.</summary>
internal sealed class RefusedException(string message) : Exception(message);
