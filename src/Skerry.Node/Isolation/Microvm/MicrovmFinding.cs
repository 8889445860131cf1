namespace Skerry.Node.Isolation.Microvm;

/// <summary>What a trial found, as it is kept for the boot.</summary>
/// <param name="Key">What it depends on.</param>
/// <param name="Found">Of each VMM that is installed, the preferred first.</param>
internal sealed record MicrovmFinding(string Key, IReadOnlyList<VmmFinding> Found);
