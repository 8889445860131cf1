using Skerry.Guard.Alerts;
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
    private readonly Dictionary<Rule, ResponseExtras> _extras = [];
    private readonly HashSet<EventType> _wakes = [];

    /// <param name="options">[guard].</param>
    /// <param name="rules">The rules.</param>
    /// <param name="kernel">What the kernel can decide, by the names of rules that are to be denied.</param>
    internal ResponsePlan(GuardOptions options, RuleSet rules, IReadOnlyDictionary<string, KernelRule>? kernel = null)
    {
        IsDryRun = options.DryRun;
        foreach (var rule in rules.Rules)
        {
            var words = WordsOf(options, rule.Name, rule.Tags);
            if (StrongestOf(words) is var action and not ResponseAction.Alert)
            {
                _actions[rule] = action;
            }

            if (ExtrasOf(words) is var extras && extras != ResponseExtras.None)
            {
                _extras[rule] = extras;
            }
        }

        Denials = [.. _actions.Where(static a => a.Value == ResponseAction.Deny).Select(a =>
            kernel?.GetValueOrDefault(a.Key.Name) is { } can ? new DenyRung(a.Key.Name, can.Means, can.Reason) : new DenyRung(a.Key.Name, KernelMeans.None, "nobody asked the kernel"))];
        Orders = StandingOrders.Of(options, Denials, kernel);
        _wakes.UnionWith(EventTypes.All.Where(type => rules.RulesOf(type).Any(_actions.ContainsKey)));
    }

    /// <summary>Nothing is done, only told.</summary>
    internal bool IsDryRun { get; }

    /// <summary>Number of rules that more follows on than an alert.</summary>
    internal int Count => _actions.Count;

    /// <summary>The rules that are to be denied, and where that is done.</summary>
    internal IReadOnlyList<DenyRung> Denials { get; }

    /// <summary>What the kernel does by itself.</summary>
    internal StandingOrders Orders { get; }

    /// <summary>All that follows on rules, by their names: what is printed of the plan.</summary>
    internal IEnumerable<(Rule Rule, string Answer)> All => _actions.Keys.Union(_extras.Keys).OrderBy(static r => r.Name, StringComparer.Ordinal).Select(rule =>
        (rule, string.Join(' ', new[] { Response.NameOf(Of(rule)) }.Concat(MoreOf(rule).Captures ? [AnswerWords.Capture] : []).Concat(MoreOf(rule).Hooks.Select(static h => AnswerWords.HookPrefix + h)))));

    /// <summary>What follows on a rule.</summary>
    internal ResponseAction Of(Rule rule) => _actions.GetValueOrDefault(rule);

    /// <summary>What follows on a rule that is not of this node.</summary>
    internal static (ResponseAction Action, ResponseExtras Extras) Of(GuardOptions options, string rule, IReadOnlyList<string> tags)
    {
        var words = WordsOf(options, rule, tags);
        return (StrongestOf(words), ExtrasOf(words));
    }

    /// <summary>What follows on it, too.</summary>
    internal ResponseExtras MoreOf(Rule rule) => _extras.GetValueOrDefault(rule, ResponseExtras.None);

    /// <summary>Whether more follows on a rule than an alert.</summary>
    internal bool Answers(Rule rule) => _actions.ContainsKey(rule) || _extras.ContainsKey(rule);

    /// <summary>Whether a rule that more follows on can fire on events of a kind, so that each must be seen at once.</summary>
    internal bool Wakes(EventType type) => _wakes.Contains(type);

    /// <summary>Lines of the configuration that no rule of a set has; none where they may be of Falco's rules.</summary>
    internal static IEnumerable<string> Unused(GuardOptions options, IReadOnlyList<Rule> rules) =>
        options.Falco is not null ? [] : options.Responses.Keys.Where(key => key.StartsWith(TagPrefix, StringComparison.Ordinal)
            ? !rules.Any(r => r.Tags.Contains(key[TagPrefix.Length..], StringComparer.Ordinal))
            : !rules.Any(r => r.Name == key));

    /// <summary>Whether a rule is to be denied.</summary>
    internal static bool Denies(GuardOptions options, Rule rule) => StrongestOf(WordsOf(options, rule.Name, rule.Tags)) == ResponseAction.Deny;

    private static List<string> WordsOf(GuardOptions options, string name, IReadOnlyList<string> tags) =>
        options.Responses.TryGetValue(name, out var own) ? [.. own] : [.. tags.SelectMany(tag => options.Responses.GetValueOrDefault(TagPrefix + tag) ?? [])];

    private static ResponseAction StrongestOf(IEnumerable<string> words) => words.Select(Parse).DefaultIfEmpty().Max();

    private static ResponseExtras ExtrasOf(List<string> words)
    {
        string[] hooks = [.. words.Where(static w => w.StartsWith(AnswerWords.HookPrefix, StringComparison.Ordinal)).Select(static w => w[AnswerWords.HookPrefix.Length..]).Distinct(StringComparer.Ordinal)];
        return words.Contains(AnswerWords.Capture) || hooks.Length > 0 ? new ResponseExtras(words.Contains(AnswerWords.Capture), hooks) : ResponseExtras.None;
    }

    private static ResponseAction Parse(string text) => Enum.GetValues<ResponseAction>().FirstOrDefault(action => Response.NameOf(action) == text);
}
