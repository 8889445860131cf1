using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests;

/// <summary>Loads rules from text and asks them.</summary>
internal static class Judgement
{
    /// <summary>A file with one rule of this condition.</summary>
    public static string Rule(string condition, string name = "r", string output = "fired %evt.type", string more = "") =>
        $"- rule: {name}\n  desc: d\n  priority: WARNING\n  output: \"{output}\"\n{more}  condition: |-\n    {condition.ReplaceLineEndings("\n    ")}\n";

    public static RuleLoader Load(params string[] files)
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        foreach (var (index, file) in files.Index())
        {
            var result = loader.Load($"f{index}.yaml", file);
            Assert.True(result.IsSuccessful, result.ToString());
        }

        return loader;
    }

    public static LoadResult Result(params string[] files)
    {
        var loader = new RuleLoader();
        LoadResult? last = null;
        foreach (var (index, file) in files.Index())
        {
            last = loader.Load($"f{index}.yaml", file);
        }

        return last!;
    }

    public static bool Holds(string condition, KernelEvent e) => Fired(Load(Rule(condition)).Set, e).Count > 0;

    public static IReadOnlyList<string> Fired(RuleSet rules, KernelEvent e) => [.. new RuleEvaluator(rules).Judge(e).ToArray().Select(static r => r.Name)];
}
