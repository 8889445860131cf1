namespace Skerry.Contracts.Vmm;

/// <summary>The network card of a microVM.</summary>
/// <param name="Tap">The tap device behind it, in the jail's network namespace.</param>
/// <param name="Mac">Its first address; the guest may be given another one when it is configured.</param>
public sealed record VmCard(string Tap, string Mac);
