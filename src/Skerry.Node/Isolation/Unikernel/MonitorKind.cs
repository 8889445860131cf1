namespace Skerry.Node.Isolation.Unikernel;

/// <summary>The program that an image's kernel is built to run under.</summary>
internal enum MonitorKind
{
    /// <summary>QEMU.</summary>
    Qemu,

    /// <summary>Firecracker.</summary>
    Firecracker,

    /// <summary>Cloud Hypervisor.</summary>
    CloudHypervisor,

    /// <summary>Solo5 on KVM.</summary>
    Hvt,

    /// <summary>Solo5 as a process with a system call filter.</summary>
    Spt,
}
