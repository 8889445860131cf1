namespace Skerry.Node.Policy;

/// <summary>What an image holds, which decides what can run it.</summary>
[Flags]
internal enum ImageKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A root file system with programs for Linux.</summary>
    Container = 1,

    /// <summary>A WebAssembly module or component.</summary>
    Wasm = 2,

    /// <summary>A kernel that is the program.</summary>
    Unikernel = 4,

    /// <summary>Not known yet: the image has not been pulled.</summary>
    Unknown = Container | Wasm | Unikernel,
}
