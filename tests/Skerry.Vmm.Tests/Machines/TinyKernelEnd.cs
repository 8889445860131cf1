namespace Skerry.Vmm.Tests.Machines;

/// <summary>What a <see cref="TinyKernel"/> does in the end.</summary>
internal enum TinyKernelEnd
{
    /// <summary>It repeats the last character for ever, with long pauses.</summary>
    Never,

    /// <summary>It resets the machine by the keyboard's controller.</summary>
    Reset,

    /// <summary>It switches the machine off (ACPI, S5) at the ports where Cloud Hypervisor has or had that.</summary>
    Off,
}
