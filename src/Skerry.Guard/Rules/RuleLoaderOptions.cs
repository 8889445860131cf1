namespace Skerry.Guard.Rules;

/// <summary>What a node's configuration says of rules.</summary>
public sealed class RuleLoaderOptions
{
    /// <summary>True to judge an event by all rules, false to ask, after the first that fires, only those that more follows on than an alert.</summary>
    public bool MatchesAll { get; init; }

    /// <summary>Rules that are less grave are left out.</summary>
    public Priority LeastPriority { get; init; } = Priority.Debug;

    /// <summary>Says of each rule whether it is enabled, after what its file said; for the selections of a configuration.</summary>
    public Func<Rule, bool>? Select { get; init; }

    /// <summary>True to add the container and the pod to every message, as Falco does since its container fields are a plugin's.</summary>
    public bool AppendsContainer { get; init; } = true;

    /// <summary>What is added to alerts, in this order and before the container.</summary>
    public IReadOnlyList<OutputAddition> Additions { get; init; } = [];

    /// <summary>Plugins of Falco whose fields the guard has itself, and the versions it stands for.</summary>
    public IReadOnlyDictionary<string, EngineVersion> Plugins { get; init; } = new Dictionary<string, EngineVersion>(StringComparer.Ordinal)
    {
        ["container"] = new(0, 9, 0),
    };
}
