namespace Skerry.Node.Isolation.Microvm;

/// <summary>What a trial found, as it is kept for the boot.</summary>
/// <param name="Key">What it depends on.</param>
/// <param name="Accelerator">kvm or tcg.</param>
/// <param name="Version">The guest's kernel.</param>
/// <param name="Remark">Why it is emulation; empty when it is not.</param>
internal sealed record MicrovmFinding(string Key, string Accelerator, string Version, string Remark);
