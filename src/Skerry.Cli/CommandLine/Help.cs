using System.Text;

namespace Skerry.Cli.CommandLine;

/// <summary>The help texts, made from the command table.</summary>
internal static class Help
{
    private const int Width = 100;

    /// <summary>What bare <c>skerry</c> prints.</summary>
    internal static string Short(Command root)
    {
        var text = new StringBuilder();
        text.Append(root.Name).Append(": ").AppendLine(root.Summary).AppendLine();
        text.Append("Usage: ").Append(root.Name).AppendLine(" COMMAND").AppendLine();
        Commands(text, root);
        text.AppendLine().Append("`").Append(root.Name).AppendLine(" COMMAND --help` says more, with examples.");
        return text.ToString();
    }

    /// <summary>All about one command.</summary>
    internal static string Full(Command command, string path)
    {
        var text = new StringBuilder();
        text.Append(path).Append(": ").AppendLine(command.Summary).AppendLine();
        text.Append("Usage: ").Append(path);
        if (command.Children.Length > 0 && command.Run is not null)
        {
            text.Append(" COMMAND").AppendLine().Append("       ").Append(path);
        }

        if (command.Children.Length > 0 && command.Run is null)
        {
            text.Append(" COMMAND");
        }
        else
        {
            if (command.Options.Length > 0)
            {
                text.Append(" [OPTIONS]");
            }

            if (command.Operands.Length > 0)
            {
                text.Append(' ').Append(command.Operands);
            }
        }

        text.AppendLine();
        if (command.Aliases.Length > 0)
        {
            text.Append("Also: ").AppendJoin(", ", command.Aliases).AppendLine();
        }

        if (command.Children.Length > 0)
        {
            text.AppendLine();
            Commands(text, command);
        }

        if (command.Options.Length > 0)
        {
            text.AppendLine().AppendLine("Options:");
            Options(text, command.Options);
        }

        text.AppendLine().AppendLine("Everywhere:");
        Options(text, GlobalOptions.All.Where(g => g.Short == '\0' || command.Find(g.Short) is null)
            .Concat(GlobalOptions.All.Where(g => g.Short != '\0' && command.Find(g.Short) is not null).Select(static g => g with { Short = '\0' })));
        if (command.Notes.Length > 0)
        {
            text.AppendLine().AppendLine(command.Notes);
        }

        if (command.Examples.Length > 0)
        {
            text.AppendLine().AppendLine(command.Examples.Length == 1 ? "Example:" : "Examples:");
            foreach (var (line, does) in command.Examples)
            {
                text.Append("  # ").AppendLine(does).Append("  ").AppendLine(line);
            }
        }

        return text.ToString();
    }

    private static void Commands(StringBuilder text, Command command)
    {
        text.AppendLine("Commands:");
        var shown = command.Children.Where(static c => !c.Hidden).ToArray();
        var width = shown.Max(static c => c.Name.Length);
        foreach (var child in shown)
        {
            text.Append("  ").Append(child.Name.PadRight(width)).Append("  ").AppendLine(child.Summary);
        }
    }

    private static void Options(StringBuilder text, IEnumerable<Option> options)
    {
        var lines = options.Select(static o => (Left: Left(o), o.Help, o.Choices)).ToArray();
        var width = Math.Min(34, lines.Max(static l => l.Left.Length));
        foreach (var (left, help, choices) in lines)
        {
            text.Append("  ").Append(left.PadRight(width));
            var at = Math.Max(left.Length, width) + 2;
            var words = (choices is null ? help : $"{help}: {string.Join(", ", choices)}").Split(' ');
            var column = at;
            text.Append(' ');
            column++;
            foreach (var word in words)
            {
                if (column + 1 + word.Length > Width)
                {
                    text.AppendLine().Append(' ', width + 3);
                    column = width + 3;
                }

                text.Append(' ').Append(word);
                column += word.Length + 1;
            }

            text.AppendLine();
        }
    }

    private static string Left(Option option) =>
        $"{(option.Short == '\0' ? "    " : $"-{option.Short}, ")}--{option.Name}{(option.Kind == OptionKind.Flag ? "" : " " + option.Value)}";
}
