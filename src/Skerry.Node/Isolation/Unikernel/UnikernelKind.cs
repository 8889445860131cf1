namespace Skerry.Node.Isolation.Unikernel;

/// <summary>What a kernel is made with: it decides how it is told its command and its addresses.</summary>
internal enum UnikernelKind
{
    /// <summary>A Linux kernel with one program.</summary>
    Linux,

    /// <summary>Unikraft.</summary>
    Unikraft,

    /// <summary>MirageOS.</summary>
    Mirage,

    /// <summary>Mewz.</summary>
    Mewz,
}
