using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;
using Skerry.Guard.Rules;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard rules</c>: checks rule files, lists what is in them and what they may name. It needs no node.</summary>
internal static class GuardRules
{
    private const string Source = "syscall";
    private const int MostEventNames = 4;

    internal static Command Table() => new("rules", "check rule files, and list what rules can name")
    {
        Operands = "FILE…",
        MaxOperands = int.MaxValue,
        Completes = [Completes.Rules],
        Options =
        [
            Option.Flag("validate", "check files, each on top of those before it, as `falco -V` does", 'V'),
            Option.Flag("list", "list the fields that conditions and outputs can name, of a source where one is named"),
            Option.Flag("list-events", "list the kinds of events with their arguments"),
            Option.Flag("names", "with --list: the names alone", 'N'),
            Option.One("output", "FORMAT", "how to print", 'o', ["text", "json"]),
        ],
        Children = [Loaded(), Policies()],
        Notes = "A directory stands for the .yaml and .yml files in it, the name of a policy for its rules. Exit code 1 when a file cannot be used.",
        Examples =
        [
            ("skerry guard rules -V rules.d/*.yaml", "is every file right, in this order?"),
            ("skerry guard rules -V -o json mine.yaml | jq '.falco_load_results[].warnings[].code'", "what is odd in a file, for a program"),
            ("skerry guard rules --list syscall", "every field, with its type"),
            ("skerry guard rules --list-events", "every kind of event, with its arguments"),
        ],
        Run = static i => Run(i),
    };

    private static Command Loaded() => new("ls", "list the rules of files")
    {
        Operands = "FILE…",
        MinOperands = 1,
        MaxOperands = int.MaxValue,
        Completes = [Completes.Rules],
        Options = [Listing.Format],
        Notes = "What is odd in a file is said on standard error. Rules of sources that the guard does not have are left out.",
        Examples =
        [
            ("skerry guard rules ls /etc/skerry/rules.d", "what would be asked, on which events"),
            ("skerry guard rules ls -o json rules.yaml | jq '.[] | select(.enabled | not).rule'", "the rules that are switched off"),
        ],
        Run = static i => ListLoaded(i),
    };

    private static Command Policies() => new("policies", "list the policies that are built in")
    {
        Operands = "[NAME]",
        MaxOperands = 1,
        Completes = [Completes.Rules],
        Options = [Listing.Format],
        Notes = "With NAME: prints its rules. Lists in them that end in allowed_images and the like can be appended to in a file of one's own, loaded after it. `skerry guard replay --rules NAME` says whether one would have been quiet.",
        Examples =
        [
            ("skerry guard rules policies", "their names, and what they demand"),
            ("skerry guard rules policies egress", "the rules of one, to read or to change"),
        ],
        Run = static i => ListPolicies(i),
    };

    private static int ListPolicies(Invocation invocation)
    {
        if (invocation.Operands is [var name])
        {
            invocation.Out.Write(BuiltInPolicies.Find(name) ?? throw new CliFailure($"there is no policy '{name}'", "`skerry guard rules policies` lists them"));
            return ExitCodes.Ok;
        }

        return Listing.Print(
            invocation, BuiltInPolicies.Names,
            static names => names.Aggregate(new Table("POLICY", "DEMANDS"), static (table, policy) => table.Row(policy, BuiltInPolicies.Describe(policy))),
            static policy => Tree.Object().Add("policy", policy).Add("demands", BuiltInPolicies.Describe(policy)),
            static policy => policy);
    }

    private static int Run(Invocation invocation)
    {
        var modes = new[] { "validate", "list", "list-events" }.Where(invocation.Flag).ToArray();
        return modes switch
        {
            ["validate"] => Validate(invocation),
            ["list"] => ListFields(invocation),
            ["list-events"] => ListEvents(invocation),
            [] => throw CliFailure.Usage($"`{invocation.Path}` needs --validate, --list, --list-events, ls or policies", $"see `{invocation.Path} --help`"),
            _ => throw CliFailure.Usage($"--{modes[0]} and --{modes[1]} exclude each other", $"see `{invocation.Path} --help`"),
        };
    }

    private static int Validate(Invocation invocation)
    {
        if (invocation.Operands.Count == 0)
        {
            throw CliFailure.Usage($"`{invocation.Path} --validate` needs FILE…", $"for example: {invocation.Command.Examples[0].Line}");
        }

        var report = new ValidationReport(RuleFiles.Load(invocation.Operands, new RuleLoader()));
        if (invocation.Text("output") == "json")
        {
            invocation.Out.Line(report.Json());
        }
        else
        {
            invocation.Context.Error.Write(Shown(report.Warnings()));
            invocation.Out.Write(Shown(report.Text()));
        }

        return report.IsSuccessful ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static int ListFields(Invocation invocation)
    {
        if (invocation.Operands is [_, var more, ..])
        {
            throw CliFailure.Usage($"`{invocation.Path} --list` takes [SOURCE]; too much: {more}", $"see `{invocation.Path} --help`");
        }

        if (invocation.Operands is [var source] && source != Source)
        {
            throw new CliFailure($"there is no source '{source}'", $"the guard has the source {Source}");
        }

        invocation.Out.Write(invocation.Text("output") == "json" ? FieldListing.Json() + "\n" : invocation.Flag("names") ? FieldListing.Names() : FieldListing.Text());
        return ExitCodes.Ok;
    }

    private static int ListEvents(Invocation invocation)
    {
        if (invocation.Operands is [var more, ..])
        {
            throw CliFailure.Usage($"`{invocation.Path} --list-events` takes no operand: {more}", $"see `{invocation.Path} --help`");
        }

        invocation.Out.Write(invocation.Text("output") == "json" ? FieldListing.EventsJson() + "\n" : FieldListing.Events());
        return ExitCodes.Ok;
    }

    private static int ListLoaded(Invocation invocation)
    {
        var loader = RuleFiles.LoadAll(invocation, invocation.Operands);
        var types = EventTypes.All.SelectMany(type => loader.Set.RulesOf(type).Select(rule => (rule.Name, Type: type.Name)))
            .ToLookup(static t => t.Name, static t => t.Type, StringComparer.Ordinal);
        return Listing.Print(invocation, loader.Rules, rules => Table(rules, types), rule => Of(rule, types), static rule => rule.Name);
    }

    private static Table Table(IReadOnlyList<Rule> rules, ILookup<string, string> types)
    {
        var table = new Table("RULE", "PRIORITY", "ENABLED", "EVENTS", "TAGS");
        foreach (var rule in rules)
        {
            table.Row(rule.Name, rule.Priority.ToString(), rule.IsEnabled ? "yes" : "no", Events([.. types[rule.Name]]), string.Join(", ", rule.Tags));
        }

        return table;
    }

    /// <summary>A few kinds by name, many by their number.</summary>
    private static string Events(string[] types) => types.Length switch
    {
        0 => "-",
        <= MostEventNames => string.Join(", ", types),
        _ when types.Length == EventTypes.All.Count => "all",
        _ => $"{string.Join(", ", types.Take(MostEventNames - 1))} and {types.Length - MostEventNames + 1} more",
    };

    private static Tree Of(Rule rule, ILookup<string, string> types) => Tree.Object()
        .Add("rule", rule.Name)
        .Add("priority", rule.Priority.ToString())
        .Add("enabled", rule.IsEnabled)
        .Add("source", rule.Source)
        .Add("tags", Tree.List(rule.Tags))
        .Add("events", Tree.List(types[rule.Name]))
        .Add("description", rule.Description)
        .Add("condition", rule.Condition)
        .Add("output", rule.Output.Text);

    /// <summary>A report shows lines of the files, which are anybody's: what a terminal would obey is made visible, ends of lines stay.</summary>
    internal static string Shown(string report) => string.Join('\n', report.Split('\n').Select(Humanise.Safe));
}
