namespace Skerry.Linux.Bpf;

/// <summary>Where the walk from a file upwards ended (enum path_end, bpf/include/contract.h).</summary>
public enum PathEnd : byte
{
    /// <summary>At the root of the process.</summary>
    Root = 0,

    /// <summary>At the root of the mount namespace: the file is not below the root of the process.</summary>
    Outside = 1,

    /// <summary>Nowhere: memfd, anonymous inodes, what was unmounted.</summary>
    Detached = 2,

    /// <summary>There are more names above.</summary>
    Cut = 3,
}
