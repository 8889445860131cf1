namespace Skerry.Node.Isolation.Unikernel;

/// <summary>How QEMU runs guests on this machine.</summary>
/// <param name="UsesKvm">By the processor; else by emulation.</param>
/// <param name="Verdict">For people.</param>
internal sealed record QemuChoice(bool UsesKvm, TierVerdict Verdict);
