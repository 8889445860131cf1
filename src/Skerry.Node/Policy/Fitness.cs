namespace Skerry.Node.Policy;

/// <summary>How a tier does on this machine, worst first. Found by trial.</summary>
internal enum Fitness
{
    /// <summary>It does not work.</summary>
    No,

    /// <summary>Nobody has tried it since the machine was started.</summary>
    Untried,

    /// <summary>It works by software emulation of a processor, at a small part of the machine's speed.</summary>
    Emulated,

    /// <summary>It works, and each system call costs several times what it should.</summary>
    Slow,

    /// <summary>It works at the speed that it is meant to have.</summary>
    Works,
}
