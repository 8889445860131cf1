using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Measured;

/// <summary>The committed tables of the bench keep what is promised in numbers. Whoever makes it worse and measures sees these fail.</summary>
public sealed class MeasuredTests
{
    [Fact]
    [Trait("Promise", "P-30")]
    public void One_container_was_measured_within_its_shares_of_podman_ctr_and_the_bare_runtime() =>
        Holds(static bar => bar.StartsWith("`skerry run` / ", StringComparison.Ordinal), 3);

    [Fact]
    [Trait("Promise", "P-59")]
    public void A_sandbox_was_measured_within_its_share_of_bare_runsc() => Holds(static bar => bar == "`skerry run --tier sandbox` / bare `runsc run`", 1);

    [Fact]
    [Trait("Promise", "P-31")]
    public void A_hundred_pods_were_measured_within_their_share_of_ctr() => Holds(static bar => bar == "100 pods / the same through ctr (crun)", 1);

    [Fact]
    [Trait("Promise", "P-37")]
    public void The_front_was_measured_within_4_ms_of_the_runtime_beneath() =>
        Holds(static bar => bar.StartsWith("`skerry-runtime ", StringComparison.Ordinal) && bar.EndsWith(" above the bare runtime", StringComparison.Ordinal), 4);

    [Fact]
    [Trait("Promise", "P-32")]
    public void Pull_and_unpack_were_measured_within_their_share_of_podman() =>
        Holds(static bar => bar.StartsWith("`skerry image pull` / `podman pull`", StringComparison.Ordinal), 1);

    [Fact]
    [Trait("Promise", "P-33")]
    public void The_daemon_at_rest_was_measured_within_its_memory_and_its_share_of_a_core() =>
        Holds(static bar => bar.StartsWith("skerryd PSS, ", StringComparison.Ordinal) || bar.StartsWith("skerryd CPU, ", StringComparison.Ordinal), 4);

    [Fact]
    [Trait("Promise", "P-34")]
    public void Ten_thousand_cycles_were_measured_without_growth_and_without_anything_left() =>
        Holds(static bar => bar.EndsWith(" after 10000 cycles", StringComparison.Ordinal), 6);

    [Fact]
    [Trait("Promise", "P-35")]
    public void Five_hundred_pods_were_seen_alive_at_once() => Holds(static bar => bar == "pods not alive of 500", 1);

    [Fact]
    [Trait("Promise", "P-162")]
    public void A_start_was_measured_to_look_at_ten_thousand_files_in_five_milliseconds() =>
        Holds(static bar => bar.StartsWith("start of an image of 10 000 files", StringComparison.Ordinal) || bar.StartsWith("all files read from ", StringComparison.Ordinal), 3);

    [Fact]
    [Trait("Promise", "P-38")]
    public void Modules_were_measured_within_their_time_and_memory_and_300_were_alive() =>
        Holds(static bar => bar.StartsWith("`skerry run --tier wasm`", StringComparison.Ordinal) || bar is "modules not alive of 300" or "PSS of all that comes with a module", 3);

    [Fact]
    [Trait("Promise", "P-38")]
    public void A_hundred_and_twenty_sandboxes_were_seen_alive_at_once() => Holds(static bar => bar == "sandboxes not alive of 120", 1);

    [Fact]
    [Trait("Promise", "P-39")]
    public void MicroVMs_were_measured_within_their_times_to_the_first_byte() =>
        Holds(static bar => bar.StartsWith("microVM, cold, to the first byte", StringComparison.Ordinal) || bar is "microVM from a template, which waited, to the first byte" or "microVM from a template, VMM's start to the guest's answer", 3);

    [Fact]
    [Trait("Promise", "P-58")]
    public void A_further_microVM_was_measured_within_its_memory_and_fifteen_were_alive() =>
        Holds(static bar => bar is "PSS of all that comes with a further microVM" or "microVMs not alive of 15, in 4 GiB", 2);

    [Theory]
    [InlineData(0.3, 30, "a.json", "")]
    [InlineData(0.31, 30, "a.json", "more than 0.3")]
    [InlineData(0.3, 29, "a.json", "29 samples")]
    [InlineData(0.3, 30, "b.json", "does not name a.json")]
    public void A_broken_bar_too_few_samples_and_a_table_that_nobody_quotes_are_faults(double value, int samples, string quoted, string fault)
    {
        var json = FormattableString.Invariant(
            $$"""{"quick":false,"chapters":[{"bars":[{"what":"w","limit":0.3,"value":{{value}}}],"series":[{"wall_ms":[{{string.Join(',', Enumerable.Repeat(1, samples))}}]}]}]}""");
        var faults = MeasuredBars.Faults([("a.json", json)], static w => w == "w", 1, quoted);
        Assert.Equal(fault.Length > 0, faults.Any(f => f.Contains(fault, StringComparison.Ordinal)));
        Assert.Contains("0 of 1", Assert.Single(MeasuredBars.Faults([("a.json", json.Replace("false", "true", StringComparison.Ordinal))], static w => w == "w", 1, quoted)), StringComparison.Ordinal);
    }

    private static void Holds(Func<string, bool> fits, int bars)
    {
        var tables = Directory.EnumerateFiles(Path.Combine(Programs.Repository, "bench/results"), "*.json").Select(static f => (Path.GetFileNameWithoutExtension(f), File.ReadAllText(f)));
        var faults = MeasuredBars.Faults(tables, fits, bars, File.ReadAllText(Path.Combine(Programs.Repository, "docs/performance.md")));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
