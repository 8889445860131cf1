using System.Text;
using Skerry.Cli.CommandLine;

namespace Skerry.Cli.Commands;

/// <summary>Variables from <c>--env-file</c>, then from <c>-e</c>, so that the latter win.</summary>
internal static class EnvironmentText
{
    private const int MostBytes = 1 << 20;

    internal static IEnumerable<string> Of(Invocation invocation)
    {
        foreach (var file in invocation.List("env-file"))
        {
            var lines = Lines(file);
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

    private static string[] Lines(string file)
    {
        try
        {
            var bytes = GivenFile.FirstBytes(file, MostBytes + 1);
            return bytes.Length <= MostBytes ? Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').Split(["\r\n", "\n"], StringSplitOptions.None) : throw CliFailure.Usage($"--env-file {file}: more than {MostBytes} bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"--env-file {file}: {e.Message}", exitCode: ExitCodes.Usage, cause: e);
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
