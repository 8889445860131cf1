namespace Skerry.Cli.CommandLine;

/// <summary>
/// Reads a command line as docker's users write it: <c>-it</c>, <c>-e K=V</c>, <c>-eK=V</c>, <c>--name x</c>, <c>--name=x</c>,
/// <c>--</c>; options and operands mixed, except where the operands are a container's command.
/// </summary>
internal static class Parser
{
    /// <summary>Finds the command and reads what is said to it.</summary>
    /// <param name="root">The whole table.</param>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="context">Given on to the invocation.</param>
    /// <param name="lenient">Used for completion: nothing is checked, what cannot be read is skipped.</param>
    /// <exception cref="CliFailure">Usage: what is wrong and what was perhaps meant.</exception>
    internal static Invocation Parse(Command root, IReadOnlyList<string> arguments, CliContext context, bool lenient = false)
    {
        var command = root;
        var path = root.Name;
        var globals = new List<(Option Option, string Value)>();
        var at = 0;

        // 1. Names, with global options among them.
        while (at < arguments.Count && command.Children.Length > 0)
        {
            var word = arguments[at];
            if (command.Run is not null && command.Child(word) is null)
            {
                break; // a command of its own that has others below it
            }

            if (word.Length > 1 && word[0] == '-')
            {
                if (word == "--")
                {
                    break;
                }

                var option = Find(command, word, out var value) ?? (lenient ? null : throw UnknownOption(command, path, word));
                at++;
                if (option is not null)
                {
                    if (option.Kind != OptionKind.Flag && value is null)
                    {
                        value = at < arguments.Count ? arguments[at++] : lenient ? "" : throw NoValue(option, path);
                    }

                    globals.Add((option, value ?? "true"));
                }

                continue;
            }

            if (command.Child(word) is not { } child)
            {
                if (lenient)
                {
                    break;
                }

                throw UnknownCommand(command, path, word);
            }

            command = child;
            path += " " + child.Name;
            at++;
        }

        var invocation = new Invocation(command, path, context);
        foreach (var (option, value) in globals)
        {
            invocation.Add(option, value);
        }

        if (command.PassesAll)
        {
            invocation.Operands.AddRange(arguments.Skip(at));
            return invocation;
        }

        // 2. Options and operands.
        for (; at < arguments.Count; at++)
        {
            var word = arguments[at];
            if (word == "--")
            {
                invocation.Operands.AddRange(arguments.Skip(at + 1));
                break;
            }

            if (word.Length < 2 || word[0] != '-')
            {
                invocation.Operands.Add(word);
                if (command.StopsAtOperand)
                {
                    invocation.Operands.AddRange(arguments.Skip(at + 1));
                    break;
                }

                continue;
            }

            at = word[1] == '-' ? Long(invocation, arguments, at, lenient) : Letters(invocation, arguments, at, lenient);
        }

        // 3. Numbers of operands.
        if (!lenient && !invocation.Flag("help"))
        {
            Check(invocation);
        }

        return invocation;
    }

    private static int Long(Invocation invocation, IReadOnlyList<string> arguments, int at, bool lenient)
    {
        var option = Find(invocation.Command, arguments[at], out var value);
        if (option is null)
        {
            return lenient ? at : throw UnknownOption(invocation.Command, invocation.Path, arguments[at]);
        }

        if (option.Kind == OptionKind.Flag)
        {
            invocation.Add(option, value is null ? "true" : Boolean(option, value, invocation.Path, lenient));
            return at;
        }

        if (value is null)
        {
            if (at + 1 == arguments.Count)
            {
                return lenient ? at : throw NoValue(option, invocation.Path);
            }

            value = arguments[++at];
        }

        Add(invocation, option, value, lenient);
        return at;
    }

    private static int Letters(Invocation invocation, IReadOnlyList<string> arguments, int at, bool lenient)
    {
        var word = arguments[at];
        for (var i = 1; i < word.Length; i++)
        {
            var option = invocation.Command.Find(word[i]) ?? Array.Find(GlobalOptions.All, o => o.Short == word[i]);
            if (option is null)
            {
                return lenient ? at : throw UnknownOption(invocation.Command, invocation.Path, "-" + word[i]);
            }

            if (option.Kind == OptionKind.Flag)
            {
                if (i + 1 < word.Length && word[i + 1] == '=')
                {
                    invocation.Add(option, Boolean(option, word[(i + 2)..], invocation.Path, lenient));
                    return at;
                }

                invocation.Add(option, "true");
                continue;
            }

            // The rest of the word is the value, else the next word.
            var rest = word[(i + 1)..];
            if (rest.Length == 0)
            {
                if (at + 1 == arguments.Count)
                {
                    return lenient ? at : throw NoValue(option, invocation.Path);
                }

                Add(invocation, option, arguments[at + 1], lenient);
                return at + 1;
            }

            Add(invocation, option, rest[0] == '=' ? rest[1..] : rest, lenient);
            return at;
        }

        return at;
    }

    private static void Add(Invocation invocation, Option option, string value, bool lenient)
    {
        if (!lenient && option.Choices is { } choices && Array.IndexOf(choices, value) < 0)
        {
            throw CliFailure.Usage(
                $"--{option.Name} {value}: not one of {string.Join(", ", choices)}",
                Suggestion.Of(value, choices) is { } near ? $"did you mean {near}?" : $"see `{invocation.Path} --help`");
        }

        if (!lenient && value.Length == 0 && option.Completes is Completes.File or Completes.Directory)
        {
            throw CliFailure.Usage($"--{option.Name} is empty, where {option.Value} belongs", $"see `{invocation.Path} --help`");
        }

        invocation.Add(option, value);
    }

    private static string Boolean(Option option, string value, string path, bool lenient) => value switch
    {
        "true" or "1" => "true",
        "false" or "0" => "false",
        _ => lenient ? "true" : throw CliFailure.Usage($"--{option.Name}={value}: not true or false", $"see `{path} --help`"),
    };

    private static Option? Find(Command command, string word, out string? value)
    {
        value = null;
        if (!word.StartsWith("--", StringComparison.Ordinal))
        {
            return word.Length == 2 ? command.Find(word[1]) ?? Array.Find(GlobalOptions.All, o => o.Short == word[1]) : null;
        }

        var equals = word.IndexOf('=');
        var name = equals < 0 ? word[2..] : word[2..equals];
        value = equals < 0 ? null : word[(equals + 1)..];
        return command.Find(name) ?? Array.Find(GlobalOptions.All, o => o.Name == name);
    }

    private static void Check(Invocation invocation)
    {
        var command = invocation.Command;
        var count = invocation.Operands.Count;
        if (command.Run is null)
        {
            return;
        }

        if (count < command.MinOperands)
        {
            throw CliFailure.Usage(
                $"`{invocation.Path}` needs {command.Operands}{(count > 0 ? $"; {count} of at least {command.MinOperands} given" : "")}",
                command.Examples.Length > 0 ? $"for example: {command.Examples[0].Line}" : $"see `{invocation.Path} --help`");
        }

        for (var i = 0; i < Math.Min(count, command.MaxOperands) && command.Completes.Length > 0; i++)
        {
            if (invocation.Operands[i].Length == 0 && command.Completes[Math.Min(i, command.Completes.Length - 1)] is Completes.File or Completes.Directory)
            {
                throw CliFailure.Usage($"`{invocation.Path}` takes {command.Operands}; what was given is empty", $"see `{invocation.Path} --help`");
            }
        }

        if (count > command.MaxOperands)
        {
            throw CliFailure.Usage(
                command.MaxOperands == 0
                    ? $"`{invocation.Path}` takes no operand: {invocation.Operands[0]}"
                    : $"`{invocation.Path}` takes {command.Operands}; too much: {invocation.Operands[command.MaxOperands]}",
                $"see `{invocation.Path} --help`");
        }
    }

    private static CliFailure NoValue(Option option, string path) =>
        CliFailure.Usage($"--{option.Name} needs {option.Value}", $"see `{path} --help`");

    private static CliFailure UnknownOption(Command command, string path, string word)
    {
        var equals = word.IndexOf('=');
        var name = equals < 0 ? word : word[..equals];
        var near = Suggestion.Of(
            name, command.Options.Concat(GlobalOptions.All).Select(static o => "--" + o.Name));
        return CliFailure.Usage(
            $"`{path}` has no option {name}", near is null ? $"see `{path} --help`" : $"did you mean {near}? See `{path} --help`");
    }

    private static CliFailure UnknownCommand(Command command, string path, string word)
    {
        var near = Suggestion.Of(
            word, command.Children.Where(static c => !c.Hidden).SelectMany(static c => c.Aliases.Prepend(c.Name)));
        return CliFailure.Usage(
            $"`{path}` has no command {word}", near is null ? $"see `{path} --help`" : $"did you mean `{path} {near}`?");
    }
}
