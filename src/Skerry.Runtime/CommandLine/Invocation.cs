namespace Skerry.Runtime.CommandLine;

/// <summary>One call of the OCI runtime command line, taken apart; nothing has been looked up yet.</summary>
internal sealed class Invocation
{
    /// <summary>Options before the command, by name without dashes; a flag has the value "".</summary>
    internal Dictionary<string, string> Global { get; } = new(StringComparer.Ordinal);

    /// <summary>Options of the command in the order given; a flag has the value null.</summary>
    internal List<(string Name, string? Value)> Options { get; } = [];

    /// <summary>What follows: the container id first.</summary>
    internal List<string> Operands { get; } = [];

    /// <summary>The command, "" where there is none.</summary>
    internal string Command { get; private set; } = "";

    /// <summary>The container id, or null for a command without one.</summary>
    internal string? Id => OptionTable.TakesId(Command) && Operands.Count > 0 ? Operands[0] : null;

    /// <summary>The last value of an option that has a long and perhaps a short name.</summary>
    internal string? Value(string name, string? shortName = null)
    {
        string? found = null;
        foreach (var (option, value) in Options)
        {
            if (option == name || option == shortName)
            {
                found = value ?? "";
            }
        }

        return found;
    }

    /// <summary>Whether a flag was given and not given as false.</summary>
    internal bool Has(string name, string? shortName = null) => Value(name, shortName) is { } value && value != "false";

    /// <summary>Takes the arguments apart.</summary>
    /// <exception cref="RefusedException">An option or command is not known, or lacks its value.</exception>
    internal static Invocation Parse(IReadOnlyList<string> arguments)
    {
        var invocation = new Invocation();
        var at = 0;
        while (at < arguments.Count && arguments[at].StartsWith('-') && arguments[at].Length > 1)
        {
            var (name, value) = Take(arguments, ref at, OptionTable.Global, "");
            invocation.Global[name] = value ?? "";
        }

        if (at == arguments.Count)
        {
            return invocation;
        }

        invocation.Command = arguments[at++];
        var known = OptionTable.Of(invocation.Command)
            ?? throw new RefusedException(
                $"unknown command '{invocation.Command}'; known are create, start, state, kill, delete, run, exec, ps, pause, resume, update, events, list, spec, features");
        if (known is ["*"])
        {
            return invocation;
        }

        // podman asks so what a runtime can do. An option of a command's own may not be called so.
        if (at < arguments.Count && arguments[at] is "--help")
        {
            invocation.Global["help"] = "";
            invocation.Command = "";
            return invocation;
        }

        while (at < arguments.Count)
        {
            var argument = arguments[at];
            if (argument == "--")
            {
                at++;
                break;
            }

            if (argument.StartsWith('-') && argument.Length > 1)
            {
                invocation.Options.Add(Take(arguments, ref at, known, invocation.Command + " "));
                continue;
            }

            if (OptionTable.StopsAtId(invocation.Command))
            {
                break;
            }

            invocation.Operands.Add(argument);
            at++;
        }

        invocation.Operands.AddRange(arguments.Skip(at));
        return invocation;
    }

    private static (string Name, string? Value) Take(IReadOnlyList<string> arguments, ref int at, string[] known, string where)
    {
        var argument = arguments[at++];
        var text = argument.TrimStart('-');
        var equals = text.IndexOf('=');
        var name = equals < 0 ? text : text[..equals];
        string? value = equals < 0 ? null : text[(equals + 1)..];

        // crun also takes -bDIR and clusters of flags such as -dt; they are told apart by the first letter.
        if (!argument.StartsWith("--", StringComparison.Ordinal) && !Knows(known, name) && text.Length > 1)
        {
            var first = text[..1];
            if (Array.IndexOf(known, first + "=") >= 0)
            {
                return (first, text[1..]);
            }

            if (equals < 0 && text.All(letter => Array.IndexOf(known, letter.ToString()) >= 0))
            {
                throw new RefusedException($"{where}-{text}: give these flags one by one");
            }
        }

        if (Array.IndexOf(known, name + "=") >= 0)
        {
            if (value is null)
            {
                if (at == arguments.Count)
                {
                    throw new RefusedException($"{where}{argument} needs a value");
                }

                value = arguments[at++];
            }

            return (name, value);
        }

        return Array.IndexOf(known, name) >= 0 ? (name, value) : throw new RefusedException($"unknown option {where}{argument}");
    }

    private static bool Knows(string[] known, string name) => Array.IndexOf(known, name) >= 0 || Array.IndexOf(known, name + "=") >= 0;
}
