using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Node.Survey;
using Skerry.Node.Journal;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Doctor;

/// <summary>Finds what is wrong with this node and says how to mend it. It mends nothing itself.</summary>
/// <remarks>Checks run side by side; one that hangs is a finding of its own after <see cref="Patience"/>.</remarks>
internal sealed class NodeDoctor(NodeRooms rooms, CapabilitySurvey survey, DateTimeOffset startedAt)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>All findings, in the order of the checks.</summary>
    internal async Task<IReadOnlyList<Finding>> Examine()
    {
        List<Check> checks =
        [
            .. MachineChecks.All(rooms),
            .. StoreChecks.All(rooms),
            .. UserChecks.All(rooms.Options),
            .. DoorChecks.All(rooms),
            .. PodChecks.All(rooms, startedAt),
            .. TrustChecks.All(rooms),
            .. GuardChecks.All(rooms),
        ];
        var looked = Task.WhenAll(checks.Select(Run));
        var found = CapabilityChecks.Of(await survey.Read(again: true).ConfigureAwait(false));
        return [.. found, .. (await looked.ConfigureAwait(false)).SelectMany(static f => f)];
    }

    private async Task<IReadOnlyList<Finding>> Run(Check check)
    {
        IReadOnlyList<Finding> findings;
        try
        {
            findings = await Task.Run(() => check.Look().ToList()).WaitAsync(Patience, rooms.Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            findings = [Check.Warning(FormattableString.Invariant($"the check did not end within {Patience.TotalSeconds:0} s"), "look for a disk or a mount that hangs: dmesg")];
        }
        catch (Exception error)
        {
            findings = [Check.Warning($"could not be checked: {error.Message}", "see the message; skerryd must run as root")];
        }

        foreach (var finding in findings)
        {
            finding.Check = check.Name;
        }

        return findings;
    }
}
