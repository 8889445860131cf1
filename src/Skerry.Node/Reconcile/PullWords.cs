using Skerry.Contracts.Node.V1;
using Skerry.Node.Images.Pulling;

namespace Skerry.Node.Reconcile;

/// <summary>Says the progress of a pull or import in the words of the wire.</summary>
/// <param name="to">Who is told.</param>
/// <param name="fetching">What taking a blob in is called.</param>
internal sealed class PullWords(IProgress<Progress> to, string fetching = "downloading") : IProgress<PullProgress>
{
    public void Report(PullProgress value) => to.Report(new Progress
    {
        Id = value.Phase is PullPhase.Resolving or PullPhase.Committing ? "image" : value.Subject.Hex[..12],
        Status = value.Phase switch
        {
            PullPhase.Resolving => "resolving",
            PullPhase.Fetching => fetching,
            PullPhase.Unpacking => "unpacking",
            PullPhase.Committing => "verifying",
            _ => value.WasThere ? "exists" : "done",
        },
        Current = value.Done,
        Total = value.Total,
    });
}
