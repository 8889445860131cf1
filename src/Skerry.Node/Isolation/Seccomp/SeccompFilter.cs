namespace Skerry.Node.Isolation.Seccomp;

/// <summary>
/// A profile after every condition (capabilities, architecture, kernel) was decided: what each call gets. For one call
/// the first rule that holds decides; if none does, <see cref="Otherwise"/>, else <see cref="Default"/>.
/// </summary>
internal sealed class SeccompFilter
{
    private readonly SortedDictionary<string, List<SeccompRule>> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SeccompAction> _otherwise = new(StringComparer.Ordinal);

    /// <summary>For calls that have no rule.</summary>
    public required SeccompAction Default { get; init; }

    /// <summary>For calls newer than the table; null: the default.</summary>
    public SeccompAction? Newer { get; init; }

    /// <summary>For calls of another ABI.</summary>
    public SeccompAction Foreign { get; init; } = SeccompAction.KillProcess;

    /// <summary>Rules by call, in order.</summary>
    public IReadOnlyDictionary<string, List<SeccompRule>> Rules => _rules;

    /// <summary>Adds a rule. A rule without conditions stands for all of the call's rules (as in libseccomp).</summary>
    /// <returns>False when the call already has an unconditional rule of another action.</returns>
    public bool Add(string call, SeccompRule rule)
    {
        if (!_rules.TryGetValue(call, out var rules))
            _rules[call] = rules = [];
        if (rules is [{ Conditions.Count: 0 } only])
            return only.Action == rule.Action || rule.Conditions.Count > 0;
        if (rule.Conditions.Count == 0)
            rules.Clear();
        rules.Add(rule);
        return true;
    }

    /// <summary>What a call gets when none of its rules holds.</summary>
    public void SetOtherwise(string call, SeccompAction action) => _otherwise[call] = action;

    /// <summary>What a call gets when none of its rules holds.</summary>
    public SeccompAction Otherwise(string call) => _otherwise.GetValueOrDefault(call, Default);

    /// <summary>Every call that has a rule or an answer of its own.</summary>
    public IEnumerable<string> Calls => _rules.Keys.Union(_otherwise.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal);
}
