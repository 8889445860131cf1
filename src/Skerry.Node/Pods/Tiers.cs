namespace Skerry.Node.Pods;

/// <summary>The tiers that this version has, by the names that the wire and the journal use.</summary>
internal static class Tiers
{
    /// <summary>A hardened container on the node's kernel.</summary>
    internal const string Process = "process";

    /// <summary>gVisor: a kernel of its own in user space.</summary>
    internal const string Sandbox = "sandbox";
}
