using System.Text;
using Skerry.Linux.Processes;

namespace Skerry.Node.Survey;

/// <summary>Runs a program that says something about itself or this machine.</summary>
internal static class ToolTrial
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What it said, or what went wrong.</summary>
    internal static (bool Worked, string Said) Run(string path, IReadOnlyList<string> arguments, IReadOnlyList<string>? environment = null, string input = "")
    {
        var request = new SpawnRequest { Path = path, Arguments = arguments, Environment = [.. SpawnRequest.DefaultEnvironment, .. environment ?? []] };
        var result = BoundedRun.Run(request, Encoding.UTF8.GetBytes(input), 64 * 1024, 4096, Patience, CancellationToken.None);
        if (result is { End: BoundedRunEnd.Exited, ExitCode: 0 })
        {
            return (true, Encoding.UTF8.GetString(result.Output).Trim());
        }

        var said = Line(Encoding.UTF8.GetString(result.Error.Length > 0 ? result.Error : result.Output));
        return (false, result.End == BoundedRunEnd.Exited
            ? FormattableString.Invariant($"{path} ended with {result.ExitCode}{(said.Length > 0 ? ": " + said : string.Empty)}")
            : $"{path} was stopped ({result.End})");
    }

    /// <summary>The first line that says something, without control characters.</summary>
    internal static string Line(string text)
    {
        var line = text.Split('\n').FirstOrDefault(static l => l.Trim().Length > 0)?.Trim() ?? string.Empty;
        return new string([.. line.Take(300).Where(static c => !char.IsControl(c))]);
    }
}
