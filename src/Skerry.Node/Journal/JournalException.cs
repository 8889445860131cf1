namespace Skerry.Node.Journal;

/// <summary>The journal could not be read or written; the message says which file, why, and what to do.</summary>
internal sealed class JournalException(string message, Exception? cause) : IOException(message, cause);
