using Skerry.Contracts.Node.V1;
using Skerry.Node.Images.Pulling;

namespace Skerry.Node.Reconcile;

/// <summary>Says a pull's progress in the words of the wire.</summary>
internal sealed class PullWords(IProgress<Progress> to) : IProgress<PullProgress>
{
    public void Report(PullProgress value) => to.Report(new Progress
    {
        Id = value.Phase is PullPhase.Resolving or PullPhase.Committing ? string.Empty : value.Subject.Hex[..12],
        Status = value.Phase switch
        {
            PullPhase.Resolving => "resolving",
            PullPhase.Fetching => "downloading",
            PullPhase.Unpacking => "unpacking",
            PullPhase.Committing => "verifying",
            _ => value.WasThere ? "exists" : "done",
        },
        Current = value.Done,
        Total = value.Total,
    });
}
