using Skerry.Node.Isolation.Process;

namespace Skerry.Node.Isolation;

/// <summary>The tiers that this version has, by name.</summary>
internal sealed class TierSet(IReadOnlyList<Tier> tiers)
{
    /// <summary>All, weakest first.</summary>
    internal IReadOnlyList<Tier> All => tiers;

    /// <summary>The isolators beneath them; several tiers may stand on one.</summary>
    internal IEnumerable<ProcessIsolator> Isolators => tiers.Select(static t => t.Isolator).Distinct();

    /// <summary>The tier of a name.</summary>
    /// <exception cref="IsolationException">There is none: the journal is of a later version.</exception>
    internal Tier this[string name] => TryFind(name)
        ?? throw new IsolationException($"tier '{name}' is not in this version of Skerry, which has {string.Join(", ", tiers.Select(static t => t.Name))}");

    /// <summary>The tier of a name, or null.</summary>
    internal Tier? TryFind(string name)
    {
        foreach (var tier in tiers)
        {
            if (tier.Name == name)
            {
                return tier;
            }
        }

        return null;
    }
}
