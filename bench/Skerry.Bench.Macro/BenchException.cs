namespace Skerry.Bench.Macro;

/// <summary>Why something could not be measured, as a sentence for the report.</summary>
internal sealed class BenchException(string message, Exception? inner = null) : Exception(message, inner);
