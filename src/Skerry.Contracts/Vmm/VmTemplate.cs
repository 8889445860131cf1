namespace Skerry.Contracts.Vmm;

/// <summary>A machine that was stopped when its guest had answered, as files.</summary>
/// <param name="Memory">Its memory.</param>
/// <param name="State">The state of its devices.</param>
/// <param name="IsMaking">The files are to be made, and the machine ends with that; else it starts from them.</param>
public sealed record VmTemplate(string Memory, string State, bool IsMaking);
