namespace Skerry.Guard.Audit;

/// <summary>Bytes of a log that are not what their format demands.</summary>
/// <param name="format">What was read: "checkpoint", "entry bundle", a file's name.</param>
/// <param name="reason">What is wrong with it.</param>
public sealed class AuditFormatException(string format, string reason) : Exception($"{format}: {reason}")
{
    /// <summary>What was read.</summary>
    public string Format => format;

    /// <summary>What is wrong with it.</summary>
    public string Reason => reason;
}
