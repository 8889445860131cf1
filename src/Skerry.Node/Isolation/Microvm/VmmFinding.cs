namespace Skerry.Node.Isolation.Microvm;

/// <summary>What a trial found of one VMM.</summary>
/// <param name="Kind">Which (<see cref="Vmm.Kind"/>).</param>
/// <param name="Accelerator">kvm or tcg.</param>
/// <param name="Version">The guest's kernel; empty: none came up.</param>
/// <param name="Remark">Why it is emulation, or does not work; empty where there is nothing to say.</param>
internal sealed record VmmFinding(string Kind, string Accelerator, string Version, string Remark)
{
    /// <summary>It emulates, and takes the plugin that gives memory back.</summary>
    public bool Sheds { get; init; }

    /// <summary>It runs guests.</summary>
    internal bool Works => Version.Length > 0;
}
