using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Guard.Rules;

namespace Skerry.Cli.Commands;

/// <summary>Rules that a command line names: a file, a directory for the rule files in it, or a built-in policy by its name where no file is called so.</summary>
internal static class RuleFiles
{
    /// <summary>Bytes that are read of a file: more than the loader takes, so that it is the loader that says so.</summary>
    private const int MostBytes = 33 << 20;

    /// <summary>Loads files in their order, each on top of those before it; what cannot be read has a result too.</summary>
    internal static List<LoadResult> Load(IEnumerable<string> paths, RuleLoader loader)
    {
        List<LoadResult> results = [];
        foreach (var path in paths.SelectMany(Expand))
        {
            try
            {
                if (Directory.Exists(path))
                {
                    results.Add(LoadResult.Unreadable(path, "the directory has no file in it that ends in .yaml or .yml"));
                    continue;
                }

                results.Add(loader.Load(path, !File.Exists(path) && BuiltInPolicies.Find(path) is { } policy ? policy : Read(path)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                results.Add(LoadResult.Unreadable(path, e.Message));
            }
        }

        return results;
    }

    /// <summary>Loads files that a command is going to use: warnings go to standard error, and the first that cannot be used ends it.</summary>
    /// <exception cref="CliFailure">A file cannot be used.</exception>
    internal static RuleLoader LoadAll(Invocation invocation, IEnumerable<string> paths, RuleLoaderOptions? options = null)
    {
        var loader = new RuleLoader(options);
        var report = new ValidationReport(Load(paths, loader));
        if (!report.IsSuccessful)
        {
            invocation.Context.Error.Write(GuardRules.Shown(report.Text()));
            throw new CliFailure($"{report.Results.First(static r => !r.IsSuccessful).Name} cannot be used", "mend what is said above; `skerry guard rules -V FILE…` tells all");
        }

        invocation.Context.Error.Write(GuardRules.Shown(report.Warnings()));
        return loader;
    }

    /// <summary>A directory's files, itself where it has none: who names it means rules.</summary>
    private static IEnumerable<string> Expand(string path)
    {
        string[] files = Directory.Exists(path) ? [.. Directory.EnumerateFiles(path).Where(static f => Path.GetExtension(f) is ".yaml" or ".yml").Order(StringComparer.Ordinal)] : [];
        return files.Length > 0 ? files : [path];
    }

    private static string Read(string path) => Encoding.UTF8.GetString(GivenFile.FirstBytes(path, MostBytes)).TrimStart('\uFEFF');
}
