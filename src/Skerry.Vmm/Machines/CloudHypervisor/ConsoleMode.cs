namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>Where it can go, as far as it does here.</summary>
internal enum ConsoleMode
{
    /// <summary>There is none.</summary>
    Off,

    /// <summary>To the standard output.</summary>
    Tty,
}
