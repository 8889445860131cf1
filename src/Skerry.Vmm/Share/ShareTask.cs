using Skerry.Contracts.Vmm;

namespace Skerry.Vmm.Share;

/// <summary>What is to be shared with a machine, and how.</summary>
/// <param name="Sockets">Where the machine's holder and its VMM call.</param>
/// <param name="Program">virtiofsd.</param>
/// <param name="Root">The directory in which each volume is a mount.</param>
/// <param name="Cache">What the guest may keep: none, auto or always.</param>
internal sealed record ShareTask(VmShare Sockets, string Program, string Root, string Cache);
