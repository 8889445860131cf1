namespace Skerry.Node.Metrics;

/// <summary>A message was not taken.</summary>
/// <param name="Reason">For the log.</param>
/// <param name="Later">How long the receiver wants to be left alone; null when it did not say.</param>
internal sealed record OtlpRefusal(string Reason, TimeSpan? Later);
