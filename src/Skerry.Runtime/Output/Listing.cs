using System.Text;
using Skerry.Linux.Terminals;
using Skerry.Runtime.Beneath;
using Skerry.Runtime.Cgroups;
using Skerry.Runtime.CommandLine;

namespace Skerry.Runtime.Output;

/// <summary>The containers below a root, whichever runtime made them, in one list.</summary>
internal static class Listing
{
    /// <summary>Prints the list.</summary>
    internal static int Run(Invocation call, RuntimeChoice choice, string root)
    {
        var json = call.Value("format", "f") == "json";
        var quiet = call.Has("quiet", "q");
        var text = new StringBuilder();
        var entries = new List<string>();
        var covered = false;
        foreach (var runtime in choice.InUse())
        {
            var arguments = Arguments.Of(call, runtime, root);
            if (runtime.NeedsCoveredUnified && !covered)
            {
                UnifiedView.Enter();
                covered = true;
            }

            var told = Child.Capture(runtime, arguments);
            if (told.ExitCode != 0)
            {
                throw new RefusedException($"{runtime.Title}: {told.Reason}");
            }

            var trimmed = told.Output.Trim();
            if (json && !quiet)
            {
                if (trimmed.StartsWith('[') && trimmed[1..^1].Trim() is { Length: > 0 } inner)
                {
                    entries.Add(inner);
                }

                continue;
            }

            // The second table goes on under the header of the first.
            var lines = trimmed.Length == 0 ? [] : trimmed.Split('\n');
            foreach (var line in lines.Skip(!quiet && text.Length > 0 ? 1 : 0))
            {
                text.Append(line).Append('\n');
            }
        }

        if (json && !quiet)
        {
            text.Append('[').AppendJoin(',', entries).Append("]\n");
        }

        StandardStream.Write(StandardStream.Out, Encoding.UTF8.GetBytes(text.ToString()));
        return 0;
    }
}
