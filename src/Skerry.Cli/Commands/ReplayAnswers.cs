using Skerry.Cli.CommandLine;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Alerts;
using Skerry.Guard.Rules;

namespace Skerry.Cli.Commands;

/// <summary>What would have followed on alerts of a replay: by the command line, else by the node whose events they are.</summary>
internal sealed class ReplayAnswers
{
    internal static readonly Option Respond = Option.Many("respond", "RULE=ACTION", "say what would have followed on a rule, or on rules with a tag (tag:TAG=kill); without it what the node is configured to do");

    private const string TagPrefix = "tag:";

    private readonly Dictionary<string, string> _byName = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <exception cref="CliFailure">An answer cannot be understood.</exception>
    internal ReplayAnswers(Invocation invocation)
    {
        foreach (var text in invocation.List(Respond.Name))
        {
            // Names of rules have anything in them; actions have no equals sign.
            var equals = text.LastIndexOf('=');
            if (equals <= 0 || equals == text.Length - 1)
            {
                throw CliFailure.Usage($"--respond {text} is not RULE=ACTION", "for example: --respond 'Shell below a server=kill'");
            }

            if (text[(equals + 1)..].Split(' ').Select(AnswerWords.Refute).FirstOrDefault(static why => why is not null) is { } wrong)
            {
                throw CliFailure.Usage($"--respond {text}: {wrong}");
            }

            _byName[text[..equals]] = text[(equals + 1)..];
        }

        if (_byName.Count == 0 && !invocation.Has("dir"))
        {
            foreach (var answer in OfNode(invocation))
            {
                _byName[answer.Rule] = answer.Answer;
            }
        }
    }

    /// <summary>What the node is configured to do; nothing where it is too old to say.</summary>
    private static IReadOnlyList<GuardAnswer> OfNode(Invocation invocation)
    {
        try
        {
            return invocation.Node.Call(NodeMethods.GuardStatus, new GuardStatusRequest()).Answers;
        }
        catch (NodeFailure error) when (error.Status == NodeFailure.Unimplemented)
        {
            return [];
        }
    }

    /// <summary>How often each would have been given.</summary>
    internal IEnumerable<KeyValuePair<string, long>> Counts => _counts;

    /// <summary>Whether more would have followed on a rule than an alert.</summary>
    internal bool Has(Rule rule) => Find(rule) is not null;

    /// <summary>What would have followed on a rule; null for the alert alone.</summary>
    internal string? Of(Rule rule)
    {
        if (Find(rule) is not { } answer)
        {
            return null;
        }

        _counts[answer] = _counts.GetValueOrDefault(answer) + 1;
        return answer;
    }

    private string? Find(Rule rule)
    {
        var answer = _byName.GetValueOrDefault(rule.Name) ?? rule.Tags.Select(tag => _byName.GetValueOrDefault(TagPrefix + tag)).FirstOrDefault(static a => a is not null);
        return answer is "alert" ? null : answer;
    }
}
