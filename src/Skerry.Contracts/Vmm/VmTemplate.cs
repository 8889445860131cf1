namespace Skerry.Contracts.Vmm;

/// <summary>Where the files of a template are to be made: a machine that was stopped when its guest had answered.</summary>
/// <param name="Memory">Its memory.</param>
/// <param name="State">The state of its devices.</param>
public sealed record VmTemplate(string Memory, string State);
