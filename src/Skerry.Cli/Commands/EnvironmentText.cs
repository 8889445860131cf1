using Skerry.Cli.CommandLine;

namespace Skerry.Cli.Commands;

/// <summary>Variables from <c>--env-file</c>, then from <c>-e</c>, so that the latter win.</summary>
internal static class EnvironmentText
{
    internal static IEnumerable<string> Of(Invocation invocation)
    {
        foreach (var file in invocation.List("env-file"))
        {
            string[] lines;
            try
            {
                lines = File.ReadAllLines(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliFailure($"--env-file {file}: {e.Message}", exitCode: ExitCodes.Usage, cause: e);
            }

            for (var i = 0; i < lines.Length; i++)
            {
                var line = lines[i].TrimStart();
                if (line.Length > 0 && line[0] != '#' && Entry(invocation, line, $"--env-file {file}, line {i + 1}") is { } entry)
                {
                    yield return entry;
                }
            }
        }

        foreach (var text in invocation.List("env"))
        {
            if (Entry(invocation, text, "--env") is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <summary>KEY=VALUE as it is; KEY with its value here, or nothing where it has none.</summary>
    private static string? Entry(Invocation invocation, string text, string where)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? text : text[..equals];
        if (name.Length == 0 || name.Contains(' ', StringComparison.Ordinal))
        {
            throw CliFailure.Usage($"{where}: {(name.Length == 0 ? "a variable without a name" : $"a blank in the name {name}")}", "write KEY=VALUE");
        }

        return equals >= 0 ? text : invocation.Context.Variable(name) is { } value ? $"{name}={value}" : null;
    }
}
