using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Node.Configuration;

namespace Skerry.Node.Sensors.Responses;

/// <summary>What follows on each rule of a set, by the configuration: the rule's own line counts before those of its tags, and of its tags the strongest.</summary>
internal sealed class ResponsePlan
{
    private const string TagPrefix = "tag:";

    private readonly Dictionary<Rule, ResponseAction> _actions = [];
    private readonly HashSet<EventType> _wakes = [];

    internal ResponsePlan(GuardOptions options, RuleSet rules)
    {
        IsDryRun = options.DryRun;
        foreach (var rule in rules.Rules)
        {
            if (ActionOf(options, rule) is var action and not ResponseAction.Alert)
            {
                _actions[rule] = action;
            }
        }

        _wakes.UnionWith(EventTypes.All.Where(type => rules.RulesOf(type).Any(_actions.ContainsKey)));
    }

    /// <summary>Nothing is done, only told.</summary>
    internal bool IsDryRun { get; }

    /// <summary>Number of rules that more follows on than an alert.</summary>
    internal int Count => _actions.Count;

    /// <summary>What follows on a rule.</summary>
    internal ResponseAction Of(Rule rule) => _actions.GetValueOrDefault(rule);

    /// <summary>Whether a rule that more follows on can fire on events of a kind, so that each must be seen at once.</summary>
    internal bool Wakes(EventType type) => _wakes.Contains(type);

    /// <summary>Lines of the configuration that no rule of a set has.</summary>
    internal static IEnumerable<string> Unused(GuardOptions options, IReadOnlyList<Rule> rules) =>
        options.Responses.Keys.Where(key => key.StartsWith(TagPrefix, StringComparison.Ordinal)
            ? !rules.Any(r => r.Tags.Contains(key[TagPrefix.Length..], StringComparer.Ordinal))
            : !rules.Any(r => r.Name == key));

    private static ResponseAction ActionOf(GuardOptions options, Rule rule)
    {
        if (options.Responses.TryGetValue(rule.Name, out var own))
        {
            return Parse(own);
        }

        var strongest = ResponseAction.Alert;
        foreach (var tag in rule.Tags)
        {
            if (options.Responses.TryGetValue(TagPrefix + tag, out var action) && Parse(action) > strongest)
            {
                strongest = Parse(action);
            }
        }

        return strongest;
    }

    private static ResponseAction Parse(string text) => text switch
    {
        "pause" => ResponseAction.Pause,
        "kill" => ResponseAction.Kill,
        "kill-container" => ResponseAction.KillContainer,
        _ => ResponseAction.Alert,
    };
}
