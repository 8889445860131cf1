using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Rules;

/// <summary>What of the rules a kernel can decide by itself.</summary>
public sealed class KernelRuleTests
{
    private static readonly string BuiltIn = File.ReadAllText(Path.Combine(Root(), "rules/skerry.yaml"));

    [Theory]
    [Trait("Promise", "P-172")]
    [InlineData("", "Program that is not of the image", KernelMeans.Drift)]
    [InlineData("", "Program without a file", KernelMeans.Nameless)]
    [InlineData("", "Raw packets", KernelMeans.Packets)]
    [InlineData("", "Kernel extended", KernelMeans.Extension)]
    [InlineData("", "Mount in a container", KernelMeans.Mounts)]
    [InlineData("", "Namespace entered or made", KernelMeans.NamespaceEntry)]
    [InlineData("drift", "drift: program that the image does not have", KernelMeans.Drift)]
    [InlineData("drift", "drift: program that was never on a disk", KernelMeans.Nameless)]
    [InlineData("egress", "egress: connection to a network that is not allowed", KernelMeans.Networks)]
    [InlineData("no-modules", "no-modules: module of the kernel", KernelMeans.Modules)]
    [InlineData("no-bpf", "no-bpf: bpf or perf_event_open called", KernelMeans.Bpf)]
    [InlineData("no-userns", "no-userns: namespace made or entered", KernelMeans.Namespaces)]
    public void A_rule_that_says_what_it_said_is_decided_by_the_kernel(string policy, string rule, KernelMeans means)
    {
        var decided = KernelRule.Of(Load(policy), rule, BuiltIn);
        Assert.Equal((means, null), (decided.Means, decided.Reason));
        Assert.Empty(decided.ExemptImages);
    }

    [Theory]
    [Trait("Promise", "P-172")]
    [InlineData("no-mount", "no-mount: mount changed", "open_tree")]
    [InlineData("no-ptrace", "no-ptrace: process taken over", "traced")]
    [InlineData("no-shell", "no-shell: shell started", "names of programs")]
    [InlineData("read-only-paths", "read-only-paths: file opened to be written", "patterns")]
    [InlineData("", "Another process written", "traced")]
    [InlineData("", "Shell with a terminal", "no hook")]
    public void A_rule_that_no_hook_decides_as_it_does_is_left_to_skerryd_and_says_why(string policy, string rule, string reason)
    {
        var loaded = Load(policy);
        Assert.Contains(loaded.Rules, r => r.Name == rule);
        var decided = KernelRule.Of(loaded, rule, BuiltIn);
        Assert.Equal(KernelMeans.None, decided.Means);
        Assert.Contains(reason, decided.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-172")]
    public void A_rule_that_was_changed_or_whose_macros_were_is_not_decided_and_one_beside_them_is()
    {
        var rules = Load(string.Empty);
        Assert.True(rules.Load("mine", "- macro: succeeded\n  condition: (evt.rawres > 5)\n- macro: allowed_shells\n  condition: (proc.name = sh)\n").IsSuccessful);
        Assert.Contains("rules/skerry.yaml any more", KernelRule.Of(rules, "Raw packets", BuiltIn).Reason, StringComparison.Ordinal);
        Assert.Equal(KernelMeans.Drift, KernelRule.Of(rules, "Program that is not of the image", BuiltIn).Means);
    }

    [Theory]
    [InlineData("", "allowed_images_in_upper_layer", "Program that is not of the image")]
    [InlineData("no-bpf", "no_bpf_allowed_images", "no-bpf: bpf or perf_event_open called")]
    [InlineData("no-userns", "no_userns_allowed_images", "no-userns: namespace made or entered")]
    public void Images_that_a_rule_is_not_for_are_those_of_its_list(string policy, string list, string rule)
    {
        var rules = Load(policy);
        Assert.True(rules.Load("mine", $"- list: {list}\n  items: [registry.example/free]\n").IsSuccessful);
        Assert.Equal(["registry.example/free"], KernelRule.Of(rules, rule, BuiltIn).ExemptImages);
    }

    [Fact]
    public void Only_rules_that_fire_on_failures_see_attempts()
    {
        foreach (var means in Enum.GetValues<KernelMeans>())
        {
            Assert.Equal(means is KernelMeans.Modules or KernelMeans.Bpf, KernelRule.SeesAttempts(means));
        }
    }

    private static RuleLoader Load(string policy)
    {
        var rules = new RuleLoader();
        Assert.True(rules.Load("rules/skerry.yaml", BuiltIn).IsSuccessful);
        Assert.True(policy.Length == 0 || rules.Load(policy, BuiltInPolicies.Find(policy)!).IsSuccessful);
        return rules;
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Skerry.slnx")))
        {
            at = at.Parent;
        }

        return at!.FullName;
    }
}
