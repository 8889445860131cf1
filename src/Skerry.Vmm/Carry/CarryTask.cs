namespace Skerry.Vmm.Carry;

/// <summary>What a carrier is to carry.</summary>
/// <param name="Start">File with the first message for the guest, a skerry.guest.v1.StreamStart.</param>
/// <param name="Outcome">File to write the outcome to; null: nobody asks for it.</param>
/// <param name="IsExec">A further process in a container.</param>
internal sealed record CarryTask(string Start, string? Outcome, bool IsExec)
{
    /// <summary>Where a carrier finds the machine's holder, in its jail.</summary>
    internal const string Machine = "/run/skerry/machine/socket";
}
