namespace Skerry.Guard.Audit;

/// <summary>One thing that is wrong with a log.</summary>
/// <param name="Place">Where: an entry's number, a file's name, or "checkpoint".</param>
/// <param name="Problem">What is wrong, and what it means.</param>
public sealed record AuditFinding(string Place, string Problem);
