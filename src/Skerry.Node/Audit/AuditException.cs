namespace Skerry.Node.Audit;

/// <summary>The audit log cannot take an entry, or cannot be read.</summary>
internal sealed class AuditException(string message, Exception? inner) : IOException(message, inner);
