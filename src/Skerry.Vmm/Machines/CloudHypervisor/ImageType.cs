namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>How the image of a disk is made, as far as it is used here.</summary>
internal enum ImageType
{
    /// <summary>Byte for byte.</summary>
    Raw,
}
