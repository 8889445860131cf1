namespace Skerry.Cli.CommandLine;

/// <summary>
/// One command: what it is called, what it takes, what it does. The same table yields parsing, help, examples and shell
/// completion, so that none of them can disagree.
/// </summary>
internal sealed class Command(string name, string summary)
{
    internal string Name { get; } = name;

    /// <summary>One line for the list of commands.</summary>
    internal string Summary { get; } = summary;

    internal string[] Aliases { get; init; } = [];

    /// <summary>What stands after the options, as the help shows it.</summary>
    internal string Operands { get; init; } = "";

    internal int MinOperands { get; init; }

    internal int MaxOperands { get; init; }

    /// <summary>Options end at the first operand: what follows belongs to the container.</summary>
    internal bool StopsAtOperand { get; init; }

    /// <summary>Nothing is parsed: all goes on to another program.</summary>
    internal bool PassesAll { get; init; }

    /// <summary>Works, but help and completion do not show it.</summary>
    internal bool Hidden { get; init; }

    /// <summary>What the operands name; the last entry stands for all further ones.</summary>
    internal Completes[] Completes { get; init; } = [];

    internal Option[] Options { get; init; } = [];

    /// <summary>Whole command lines, each with what it does.</summary>
    internal (string Line, string Does)[] Examples { get; init; } = [];

    /// <summary>More to know, below the options.</summary>
    internal string Notes { get; init; } = "";

    internal Command[] Children { get; init; } = [];

    internal Func<Invocation, int>? Run { get; init; }

    internal Command? Child(string name) =>
        Array.Find(Children, c => c.Name == name || Array.IndexOf(c.Aliases, name) >= 0);

    internal Option? Find(string name) => Array.Find(Options, o => o.Name == name);

    internal Option? Find(char letter) => Array.Find(Options, o => o.Short == letter);
}

/// <summary>The options that stand anywhere before the operands of every command.</summary>
internal static class GlobalOptions
{
    internal static readonly Option Address = Option.One(
        "address", "ADDRESS", "where the node listens (default: SKERRY_ADDRESS, else unix:///run/skerry/node.sock)", completes: Completes.File);

    internal static readonly Option Help = Option.Flag("help", "show how to use the command", 'h');

    internal static readonly Option[] All = [Address, Help];
}
