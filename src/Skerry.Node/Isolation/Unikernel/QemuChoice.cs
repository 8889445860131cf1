namespace Skerry.Node.Isolation.Unikernel;

/// <summary>How QEMU runs guests on this machine.</summary>
/// <param name="UsesKvm">By the processor; else by emulation.</param>
/// <param name="KvmReason">Why KVM runs no guest; empty: it does.</param>
/// <param name="Verdict">For people.</param>
internal sealed record QemuChoice(bool UsesKvm, string KvmReason, TierVerdict Verdict);
