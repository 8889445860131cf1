using System.IO.Enumeration;
using System.Text;
using Skerry.Guard.Alerts;
using Skerry.Guard.Decisions;
using Skerry.Guard.Rules;
using Skerry.Linux.Files;
using Skerry.Node.Configuration;
using Skerry.Node.Policy;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors.Rules;

/// <summary>The rules of this node: those that ship with it, the policies that are switched on, then the configured files in the order of their names.</summary>
internal static class RuleBook
{
    private const string BuiltIn = "Skerry.Node.rules.skerry.yaml";
    private const int MostBytes = 16 << 20;

    /// <summary>Loads all.</summary>
    /// <exception cref="RuleBookException">A file cannot be read or is refused: which, where and why.</exception>
    internal static LoadedRules Load(GuardOptions options)
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = options.MatchesAll, LeastPriority = Enum.Parse<Priority>(options.Priority, ignoreCase: true), Additions = options.Additions });
        List<string> names = [];
        List<string> warnings = [];
        List<(string, byte[])> parts = [];
        foreach (var (name, content) in Texts(options))
        {
            parts.Add((name, Encoding.UTF8.GetBytes(content)));
            var result = loader.Load(name, content);
            if (!result.IsSuccessful)
            {
                throw new RuleBookException(result.ToString().TrimEnd('\n'));
            }

            names.Add(name);
            if (result.Warnings.Count > 0)
            {
                warnings.Add(result.ToString().TrimEnd('\n'));
            }
        }

        foreach (var (rule, hook) in options.Responses.SelectMany(static r => r.Value.Where(static w => w.StartsWith(AnswerWords.HookPrefix, StringComparison.Ordinal)).Select(w => (r.Key, w[AnswerWords.HookPrefix.Length..]))))
        {
            if (!options.Hooks.ContainsKey(hook))
            {
                throw new RuleBookException($"[guard.responses] \"{rule}\" names the hook '{hook}', which [guard.hooks] does not have");
            }
        }

        var kernel = loader.Set.Rules.Where(rule => ResponsePlan.Denies(options, rule)).ToDictionary(static rule => rule.Name, rule => KernelRule.Of(loader, rule.Name, ReadBuiltIn()), StringComparer.Ordinal);
        foreach (var (rule, can) in kernel.Where(static k => k.Value.Means == KernelMeans.None))
        {
            if (options.RefusesDeny)
            {
                throw new RuleBookException($"the rule \"{rule}\" is to be denied and cannot be: {can.Reason}; give it another response, or set deny_fallback = \"kill\" under [guard]");
            }

            warnings.Add($"the rule \"{rule}\" is not denied; skerryd kills instead: {can.Reason}");
        }

        return new LoadedRules(loader.Set, names, warnings, PolicyDigest.Of(parts), kernel);
    }

    /// <summary>The files as they are now, and whether they are those that were loaded.</summary>
    /// <exception cref="RuleBookException">A file cannot be read.</exception>
    internal static (IReadOnlyList<(string Name, byte[] Content)> Files, bool AreLoaded) Read(GuardOptions options, LoadedRules loaded)
    {
        List<(string, byte[])> parts = [.. Texts(options).Select(static t => (t.Name, Encoding.UTF8.GetBytes(t.Content)))];
        return (parts, PolicyDigest.Of(parts) == loaded.Digest);
    }

    private static IEnumerable<(string Name, string Content)> Texts(GuardOptions options)
    {
        if (options.BuiltInRules)
        {
            yield return ("rules/skerry.yaml", ReadBuiltIn());
        }

        foreach (var policy in options.Policies)
        {
            yield return ($"rules/policies/{policy}.yaml", BuiltInPolicies.Find(policy) ?? throw new RuleBookException($"there is no policy '{policy}'; there are {string.Join(", ", BuiltInPolicies.Names)}"));
        }

        foreach (var path in options.RuleFiles.SelectMany(Expand))
        {
            yield return (path, Read(path));
        }
    }

    private static string ReadBuiltIn()
    {
        using var stream = typeof(RuleBook).Assembly.GetManifestResourceStream(BuiltIn) ?? throw new RuleBookException($"the program was built without {BuiltIn}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The files of a pattern, which may be none; a name without a star must be there.</summary>
    private static IEnumerable<string> Expand(string pattern)
    {
        var (directory, name) = (Path.GetDirectoryName(pattern), Path.GetFileName(pattern));
        if (!name.Contains('*', StringComparison.Ordinal))
        {
            return [pattern];
        }

        return Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory).Where(f => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(f), ignoreCase: false)).Order(StringComparer.Ordinal)
            : [];
    }

    private static string Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.Read(path, MostBytes)).TrimStart('\uFEFF');
        }
        catch (IOException error)
        {
            throw new RuleBookException($"{path}: {error.Message}");
        }
    }
}
