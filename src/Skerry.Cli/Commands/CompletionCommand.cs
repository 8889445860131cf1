using Skerry.Cli.CommandLine;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Rules;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry completion SHELL</c> and what the scripts call: <c>skerry __complete WORD…</c>, the last word unfinished.</summary>
internal static class CompletionCommand
{
    /// <summary>A shell must not hang on a node that does.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly string[] Signals = ["HUP", "INT", "KILL", "QUIT", "STOP", "TERM", "USR1", "USR2", "WINCH"];

    internal static Command Table() => new("completion", "print a completion script for a shell")
    {
        Operands = "bash|zsh|fish",
        MinOperands = 1,
        MaxOperands = 1,
        Examples =
        [
            ("skerry completion bash > /etc/bash_completion.d/skerry", "for all users of bash"),
            ("skerry completion zsh > \"${fpath[1]}/_skerry\"", "for zsh"),
            ("skerry completion fish > ~/.config/fish/completions/skerry.fish", "for fish"),
        ],
        Run = static i =>
        {
            i.Out.Write(i.Operands[0] switch
            {
                "bash" => CompletionScripts.Bash,
                "zsh" => CompletionScripts.Zsh,
                "fish" => CompletionScripts.Fish,
                _ => throw CliFailure.Usage($"no completion for {i.Operands[0]}", "there are bash, zsh and fish"),
            });
            return ExitCodes.Ok;
        },
    };

    internal static Command Complete() => new("__complete", "for completion scripts")
    {
        Hidden = true,
        PassesAll = true,
        Run = static i =>
        {
            foreach (var word in Words(i, i.Operands))
            {
                i.Out.Line(word);
            }

            return ExitCodes.Ok;
        },
    };

    /// <summary>What the last of <paramref name="typed"/> can become. A line <c>:files</c> asks the shell for file names.</summary>
    internal static IEnumerable<string> Words(Invocation invocation, IReadOnlyList<string> typed)
    {
        var last = typed.Count > 0 ? typed[^1] : "";
        var before = typed.Take(Math.Max(0, typed.Count - 1)).ToList();
        var said = Parser.Parse(CommandTree.Root(), before, invocation.Context, lenient: true);
        var command = said.Command;
        if (command.StopsAtOperand && said.Operands.Count >= command.Completes.Length - 1)
        {
            return [":files"]; // the container's own command line
        }

        // The value of an option, in this word or after the one before.
        var equals = last.IndexOf('=', StringComparison.Ordinal);
        if (last.StartsWith("--", StringComparison.Ordinal) && equals > 0 && Named(command, last[..equals]) is { Kind: not OptionKind.Flag } inside)
        {
            return Values(said, inside, last[(equals + 1)..]).Select(value => value[0] == ':' ? value : last[..(equals + 1)] + value);
        }

        if (before.Count > 0 && Named(command, before[^1]) is { Kind: not OptionKind.Flag } option)
        {
            return Values(said, option, last);
        }

        if (last.StartsWith('-'))
        {
            return Begin(command.Options.Concat(GlobalOptions.All).Select(static o => "--" + o.Name), last);
        }

        if (command.Children.Length > 0 && said.Operands.Count == 0)
        {
            IEnumerable<string> children = Begin(command.Children.Where(static c => !c.Hidden).Select(static c => c.Name), last);
            return command.Completes.Length == 0 ? children : children.Concat(Values(said, command.Completes[0], last));
        }

        if (command.Name == "completion")
        {
            return Begin(["bash", "zsh", "fish"], last);
        }

        return command.Completes.Length == 0
            ? []
            : Values(said, command.Completes[Math.Min(said.Operands.Count, command.Completes.Length - 1)], last);
    }

    private static Option? Named(Command command, string word) =>
        word.StartsWith("--", StringComparison.Ordinal)
            ? command.Find(word[2..]) ?? Array.Find(GlobalOptions.All, o => o.Name == word[2..])
            : word.Length >= 2 && word[0] == '-' ? command.Find(word[^1]) : null;

    private static IEnumerable<string> Values(Invocation said, Option option, string start) =>
        option.Choices is { } choices ? Begin(choices, start) : Values(said, option.Completes, start);

    private static IEnumerable<string> Values(Invocation said, Completes what, string start)
    {
        switch (what)
        {
            case Completes.File or Completes.Directory:
                return [":files"];
            case Completes.Rules:
                return Begin(BuiltInPolicies.Names, start).Append(":files");
            case Completes.Signal:
                return Begin(Signals, start);
            case Completes.Container or Completes.Image or Completes.Capture or Completes.Maintained:
                try
                {
                    return Begin(Names(said, what), start);
                }
                catch (Exception e) when (e is CliFailure or NodeFailure)
                {
                    return []; // a node that does not answer completes nothing, and says nothing in the middle of a line
                }

            default:
                return [];
        }
    }

    private static string[] Names(Invocation said, Completes what) => what switch
    {
        Completes.Container => Containers(said),
        Completes.Image => Images(said),
        Completes.Capture => [.. Node(said).Call(NodeMethods.ListCaptures, new ListCapturesRequest()).Captures.Select(static c => c.Id)],
        _ => [.. Node(said).Call(NodeMethods.ListMaintenance, new ListMaintenanceRequest()).All.Select(static m => m.Pod)],
    };

    private static string[] Containers(Invocation said) =>
        [.. Node(said).Call(NodeMethods.List, new ListPodsRequest { All = true }).Pods.SelectMany(static p => p.Containers).Select(PsCommand.Name)];

    private static string[] Images(Invocation said) =>
        [.. Node(said).Call(NodeMethods.ListImages, new ListImagesRequest()).Images.SelectMany(static i => i.References)];

    private static NodeClient Node(Invocation said) => new(said.Node.Address, Patience);

    // Words with blanks or control characters would be taken for several, or for commands, by the shell.
    private static IEnumerable<string> Begin(IEnumerable<string> words, string start) => words
        .Where(word => word.StartsWith(start, StringComparison.Ordinal) && word.All(static c => c > ' ' && c != 0x7f && !"'\"`$\\;&|<>(){}*?!#~".Contains(c, StringComparison.Ordinal)))
        .Order(StringComparer.Ordinal);
}
