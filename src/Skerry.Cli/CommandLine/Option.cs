namespace Skerry.Cli.CommandLine;

/// <summary>How often an option may stand and what follows it.</summary>
internal enum OptionKind
{
    /// <summary>Stands alone; <c>--name=false</c> takes it back.</summary>
    Flag,

    /// <summary>Takes one value; the last one wins.</summary>
    Value,

    /// <summary>Takes one value each time; all count, in order.</summary>
    List,
}

/// <summary>What a value names, for the shell to complete.</summary>
internal enum Completes
{
    Nothing,
    Container,
    Image,
    File,
    Directory,
    Rules,
    Signal,
    Capture,
    Maintained,
}

/// <summary>One option of a command.</summary>
/// <param name="Name">The long name, without dashes.</param>
/// <param name="Kind">How it is read.</param>
/// <param name="Help">One line, lower case, no full stop.</param>
/// <param name="Short">The short name, or NUL.</param>
/// <param name="Value">What the help calls the value.</param>
/// <param name="Choices">The only values allowed, if there is a fixed set.</param>
/// <param name="Completes">What the value names.</param>
internal sealed record Option(
    string Name,
    OptionKind Kind,
    string Help,
    char Short = '\0',
    string Value = "",
    string[]? Choices = null,
    Completes Completes = Completes.Nothing)
{
    internal static Option Flag(string name, string help, char letter = '\0') => new(name, OptionKind.Flag, help, letter);

    internal static Option One(
        string name, string value, string help, char letter = '\0', string[]? choices = null, Completes completes = Completes.Nothing) =>
        new(name, OptionKind.Value, help, letter, value, choices, completes);

    internal static Option Many(string name, string value, string help, char letter = '\0', Completes completes = Completes.Nothing) =>
        new(name, OptionKind.List, help, letter, value, null, completes);
}
