namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>Where a serial port or a console goes.</summary>
internal sealed record ConsoleConfig(ConsoleMode Mode);
