using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Rules;

/// <summary>Falco's stock rule files, unchanged. They are not part of the repository: SKERRY_FALCO_RULES names their directory, or they are in shared/data/falco-rules beside it.</summary>
public sealed class StockRuleTests
{
    private const string Stable = "falco_rules.yaml";
    private const string Incubating = "falco-incubating_rules.yaml";

    [Theory]
    [InlineData(Stable, 25)]
    [InlineData(Incubating, 31)]
    public void A_stock_file_loads_unchanged(string file, int rules)
    {
        var (loader, result) = Load(file);
        Assert.True(result.IsSuccessful, result.ToString());
        Assert.Equal(rules, loader.Rules.Count);
        Assert.All(result.Warnings, static w => Assert.True(w.Code is LoadWarningCode.UnusedList or LoadWarningCode.UnusedMacro, $"{LoadCodes.NameOf(w.Code)} {w.Message}"));
    }

    [Fact]
    public void Both_stock_files_load_on_top_of_each_other()
    {
        var (loader, _) = Load(Stable, Incubating);
        Assert.Equal(56, loader.Rules.Count);
        Assert.Equal(56, loader.Set.Rules.Count);
    }

    [Fact]
    public void A_stock_rule_fires_on_its_attack_and_not_beside_it()
    {
        Assert.Empty(Judge(Stable, StableScenes.All).Concat(Judge(Incubating, IncubatingScenes.All)));
    }

    [Fact]
    public void Every_stock_rule_has_a_scene()
    {
        var scenes = StableScenes.All.Concat(IncubatingScenes.All).Select(static s => s.Rule).Append(IncubatingScenes.NeverFires);
        Assert.Equal([], Load(Stable, Incubating).Loader.Rules.Select(static r => r.Name).Except(scenes, StringComparer.Ordinal));
    }

    [Fact]
    public void A_rule_that_no_namespace_can_fire_is_not_asked()
    {
        var set = Load(Incubating).Loader.Set;
        Assert.All(EventTypes.All, type => Assert.DoesNotContain(IncubatingScenes.NeverFires, set.RulesOf(type).Select(static r => r.Name)));
    }

    private static List<string> Judge(string file, IEnumerable<StockScene> scenes)
    {
        var evaluator = new RuleEvaluator(Load(file).Loader.Set);
        List<string> complaints = [];
        foreach (var scene in scenes)
        {
            string[] expected = [.. scene.Also.Append(scene.Rule).Order(StringComparer.Ordinal)];
            string[] fired = [.. evaluator.Judge(scene.Hit).ToArray().Select(static r => r.Name).Order(StringComparer.Ordinal)];
            if (!expected.SequenceEqual(fired, StringComparer.Ordinal))
            {
                complaints.Add($"{scene.Rule}: fired {string.Join(", ", fired)}");
            }

            if (evaluator.Judge(scene.Miss).ToArray().Any(r => r.Name == scene.Rule))
            {
                complaints.Add($"{scene.Rule}: fires on the near miss");
            }
        }

        return complaints;
    }

    private static (RuleLoader Loader, LoadResult Result) Load(params string[] files)
    {
        var directory = RuleSources.StockDirectory();
        Assert.SkipUnless(directory is not null, "Falco's stock rules are not here (SKERRY_FALCO_RULES)");
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        LoadResult? last = null;
        foreach (var file in files)
        {
            last = loader.Load(file, File.ReadAllText(Path.Combine(directory!, file)));
            Assert.True(last.IsSuccessful, last.ToString());
        }

        return (loader, last!);
    }
}
