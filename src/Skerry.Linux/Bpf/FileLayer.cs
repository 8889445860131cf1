namespace Skerry.Linux.Bpf;

/// <summary>Which layer of an overlay a file is in (enum file_layer, bpf/include/contract.h).</summary>
public enum FileLayer : byte
{
    /// <summary>It is on no overlay.</summary>
    None = 0,

    /// <summary>The writable one.</summary>
    Upper = 1,

    /// <summary>A read-only one.</summary>
    Lower = 2,
}
