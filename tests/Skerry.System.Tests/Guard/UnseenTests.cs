using System.Text.Json;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>What happened and was seen by nobody is told: by an alert, in the audit log, by the status, and in a replay.</summary>
public sealed class UnseenTests
{
    [Theory]
    [Trait("Promise", "P-114")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_container_did_while_skerryd_was_away_is_told_as_unseen(bool isKilled)
    {
        await using var node = await TestNode.StartAsync();
        (await node.Cli("image", "pull", await Actors.Image())).Ok.ToString();
        (await node.Cli("run", "-d", "--name", "busy", await Actors.Image(), "sh", "-c", "while true; do cat /etc/hostname >/dev/null; sleep 0.2; done")).Ok.ToString();
        Assert.SkipUnless((await node.Cli("guard", "status", "-o", "name")).Ok.Trim() != "blind", "the sensor does not run here");
        Assert.DoesNotContain("away ", (await node.Cli("guard", "status")).Ok, StringComparison.Ordinal);
        var mark = Path.Combine(node.Run, "sight");
        await Running.Until(() => File.Exists(mark), "nobody noted that the sensor sees");
        if (isKilled)
        {
            node.Kill9();
        }
        else
        {
            await node.Stop();
        }

        var gone = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        await node.StartAgain();
        List<JsonElement> told = [];
        await Running.Until(async () => (told = await Alerts(node, "Sensor away")).Count > 0, () => "nothing was told: " + node.LogTail());
        var alert = Assert.Single(told);
        Assert.Equal("internal", alert.GetProperty("source").GetString());
        var fields = alert.GetProperty("output_fields");
        var (from, to) = (fields.GetProperty("from").GetInt64(), fields.GetProperty("to").GetInt64());
        Assert.InRange(from, gone - 70_000_000_000, gone);
        Assert.InRange(to, gone, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000);
        Assert.Contains("in pod busy", fields.GetProperty("containers").GetString(), StringComparison.Ordinal);
        var how = isKilled ? "gone" : "stopped";
        Assert.Contains($"skerryd was {how}, and nobody saw", (await node.Cli("guard", "status")).Ok, StringComparison.Ordinal);
        await Running.Until(async () => (await node.Cli("audit", "show")).Ok.Contains("guard.unseen", StringComparison.Ordinal), () => "the audit log says nothing: " + node.LogTail());
        Assert.Contains("no sensor was there", node.LogTail(int.MaxValue), StringComparison.Ordinal);

        var replay = await node.Cli("guard", "replay", "--rules", "no-shell", "--pod", "busy", "-o", "json");
        var gap = Assert.Single(replay.Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement), static l => l.GetProperty("rule").GetString() == "Sensor away").GetProperty("output_fields");
        Assert.True(gap.GetProperty("from").GetInt64() <= from && gap.GetProperty("to").GetInt64() <= to, $"{gap} of {fields}");
        Assert.Contains("for some of that time no sensor was there", replay.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-114")]
    public async Task A_replay_tells_what_was_over_the_limit_when_it_happened_and_an_alert_is_explained_by_the_nodes_rules()
    {
        var directory = Directory.CreateTempSubdirectory("skerry-unseen-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "mine.yaml"), "- rule: Hosts read\n  desc: d\n  condition: evt.type in (open, openat) and fd.name = /etc/hosts\n  output: hosts\n  priority: ERROR\n");
            await using var node = await TestNode.StartAsync($"[guard]\nrate = 100\nrules = [\"{directory}/mine.yaml\"]\n");
            (await node.Cli("image", "pull", await Actors.Image())).Ok.ToString();
            (await node.Cli("run", "--name", "flood", await Actors.Image(), "sh", "-c", "cat /etc/hosts; i=0; while [ $i -lt 3000 ]; do : </etc/passwd; i=$((i+1)); done; sleep 2")).Ok.ToString();
            Assert.SkipUnless((await node.Cli("guard", "status", "-o", "name")).Ok.Trim() != "blind", "the sensor does not run here");
            await Running.Until(async () => (await Alerts(node, "Events lost")).Count > 0, () => "nothing was told as lost: " + node.LogTail());
            var replay = await node.Cli("guard", "replay", "--rules", "no-shell");
            Assert.Matches("Critical Events lost: until .* [0-9]+ openat events were over the limit of their container", replay.Ok);
            Assert.Matches("; [0-9]+ events were lost when they happened", replay.Error);
            var id = (await Alerts(node, "Hosts read"))[0].GetProperty("uuid").GetString()!;
            Assert.Contains("yes  fd.name = /etc/hosts", (await node.Cli("guard", "explain", id)).Ok, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_user_namespace_that_clone3_makes_is_an_event_of_the_policy()
    {
        await using var node = await TestNode.StartAsync("[guard]\npolicies = [\"no-userns\"]\nbuiltin_rules = false\n");
        (await node.Cli("image", "pull", await Actors.Image())).Ok.ToString();
        await node.Cli("run", "--rm", "--name", "maker", "--security-opt", "seccomp=unconfined", await Actors.Image(), "actor", "clone-user");
        await Running.Until(async () => (await Alerts(node, "no-userns: namespace made or entered")).Any(static a => a.GetProperty("output").GetString()!.Contains("clone3", StringComparison.Ordinal)), () => "nothing was told: " + node.LogTail());
    }

    private static async Task<List<JsonElement>> Alerts(TestNode node, string rule) =>
        [.. (await node.Cli("guard", "alerts", "--rule", rule, "-o", "json")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];
}
