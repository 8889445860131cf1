using Skerry.Guard.Audit;

namespace Skerry.Node.Reconcile;

/// <summary>Has the audit log say when one of the node's policies is another than the last that was known, also when a file was edited by hand or while no daemon ran.</summary>
/// <remarks>Safe for several threads. Who asked for a change by a call is said by the entry of that call.</remarks>
internal sealed class PolicyLedger
{
    /// <summary>The lattice of tiers.</summary>
    internal const string Tiers = "tiers";

    /// <summary>The trust policies with all files that they name.</summary>
    internal const string Trust = "trust";

    /// <summary>The rules of the guard.</summary>
    internal const string Rules = "rules";

    private readonly AuditTrail _trail;
    private readonly Journal.Journal _journal;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string?> _known;

    /// <summary>As the journal has it.</summary>
    internal PolicyLedger(AuditTrail trail, Journal.Journal journal)
    {
        (_trail, _journal) = (trail, journal);
        _known = new[] { Tiers, Trust, Rules }.ToDictionary(static name => name, name => journal.ReadMeta(KeyOf(name)), StringComparer.Ordinal);
    }

    /// <summary>Notes what a policy is now; completes when that is durable.</summary>
    /// <param name="name">Which of them.</param>
    /// <param name="source">Where it is from.</param>
    /// <param name="digest">Of all that it consists of.</param>
    /// <param name="problem">What is wrong with it; empty where nothing is.</param>
    internal Task Note(string name, string source, string digest, string problem = "")
    {
        lock (_gate)
        {
            var before = _known[name];
            if (before == digest)
            {
                return Task.CompletedTask;
            }

            _known[name] = digest;

            // Whoever's call met the change first did not make it.
            ThreadPool.UnsafeQueueUserWorkItem(
                _ => _ = _trail.Write("policy.change", problem.Length == 0 ? "ok" : "failed", AuditEntry.Values(("policy", name)), AuditEntry.Values(("source", source), ("digest", digest), ("before", before), ("problem", problem))), null);
            return _journal.PutMeta(KeyOf(name), digest);
        }
    }

    private static string KeyOf(string name) => "policy." + name;
}
