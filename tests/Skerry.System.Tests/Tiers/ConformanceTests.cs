using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Tiers;

/// <summary>
/// The same behaviour in every tier that runs ordinary images: each case in each tier, by the real command line. What remains different
/// is written down in docs/tiers-compared.md.
/// </summary>
public sealed class ConformanceTests(TierFixture fixture) : IClassFixture<TierFixture>
{
    internal static readonly string[] Tiers = ["process", "sandbox", "microvm"];
    private readonly TestNode _node = fixture.Node;

    public static TheoryData<string, string> Runs { get; } = Pairs(RunCases.All);

    public static TheoryData<string, string> Execs { get; } = Pairs(ExecCases.All);

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task A_container_behaves_alike_in_every_tier(string tier, string name)
    {
        await fixture.Need(tier);
        var it = RunCases.All.Single(c => c.Name == name);
        await Check(it, ["run", "--rm", "--tier", tier, .. it.Options, fixture.Image, .. it.Words]);
    }

    [Theory]
    [MemberData(nameof(Execs))]
    public async Task A_further_process_behaves_alike_in_every_tier(string tier, string name)
    {
        await fixture.Need(tier);
        var it = ExecCases.All.Single(c => c.Name == name);
        await Check(it, ["exec", .. it.Options, await fixture.Keeper(tier), .. it.Words]);
    }

    private static TheoryData<string, string> Pairs(TierCase[] cases)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var tier in Tiers)
        {
            foreach (var it in cases.Where(c => !c.NotIn.Contains(tier, StringComparer.Ordinal)))
            {
                pairs.Add(tier, it.Name);
            }
        }

        return pairs;
    }

    private async Task Check(TierCase it, string[] words)
    {
        var said = it.Input is { } input ? await _node.CliWith(input, words) : await _node.Cli(words);
        Assert.True(said.Code == it.Code, $"ended with {said.Code}, not {it.Code}; stdout: {Short(said.Out)}; stderr: {Short(said.Error)}");
        if (it.Out is not null)
        {
            Assert.True(said.Out == it.Out, $"said '{Short(said.Out)}', not '{Short(it.Out)}'; stderr: {Short(said.Error)}");
        }

        Assert.Contains(it.Error, said.Error, StringComparison.Ordinal);
    }

    private static string Short(string text) => text.Length > 400 ? string.Create(global::System.Globalization.CultureInfo.InvariantCulture, $"{text[..400]}… ({text.Length} characters)") : text;
}
