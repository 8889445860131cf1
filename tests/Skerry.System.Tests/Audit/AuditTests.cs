using System.Text.Json;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Audit;

/// <summary>The tamper-evident log of a real node, as an auditor meets it.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task What_is_done_on_a_node_and_by_whom_is_in_its_log_and_the_log_verifies()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var key = (await node.Cli("audit", "key")).Ok.Trim();
        _ = (await node.Cli("run", "-d", "--name", "web", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("exec", "web", "echo", "a b", "\u001b[2J")).Ok;
        _ = (await node.Cli("run", "--name", "web", image, "true")).Failed(125);
        _ = (await node.Cli("rm", "-f", "web")).Ok;

        var entries = await Entries(node);
        var exec = Assert.Single(entries, static e => Kind(e) == "container.exec");
        Assert.Equal("echo a b \u001b[2J", exec.GetProperty("details").GetProperty("command").GetString());
        Assert.Equal("0", exec.GetProperty("actor").GetProperty("uid").GetString());
        Assert.Equal("web", exec.GetProperty("subject").GetProperty("podName").GetString());
        var create = Assert.Single(entries, static e => Kind(e) == "pod.create");
        Assert.Contains("@sha256:", create.GetProperty("details").GetProperty("images").GetString(), StringComparison.Ordinal);
        Assert.Equal("process", create.GetProperty("details").GetProperty("tier").GetString());
        var start = Assert.Single(entries, static e => Kind(e) == "container.start");
        Assert.StartsWith("sha256:", start.GetProperty("subject").GetProperty("digest").GetString(), StringComparison.Ordinal);
        var refused = Assert.Single(entries, static e => Kind(e) == "call.refuse");
        Assert.Contains("the name 'web' is taken", refused.GetProperty("details").GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(["log.begin", "node.start", "policy.change"], entries.Take(3).Select(Kind));
        Assert.Superset(new HashSet<string?> { "trust.allow", "image.pull", "pod.remove" }, entries.Select(Kind).ToHashSet());

        // What people read holds no control character of others.
        Assert.DoesNotContain('\u001b', (await node.Cli("audit", "show", "--kind", "container.")).Ok);
        Assert.Contains("signed by the key that you gave", (await node.Cli("audit", "verify", "--key", key)).Ok, StringComparison.Ordinal);

        // Evidence leaves the node and is verified without it.
        var evidence = Path.Combine(node.Home, "evidence");
        _ = (await node.Cli("audit", "export", evidence)).Ok;
        var proof = Path.Combine(node.Home, "exec.tlog-proof");
        await File.WriteAllTextAsync(proof, (await node.Cli("audit", "prove", "5")).Ok, TestContext.Current.CancellationToken);
        node.Kill9();
        Assert.Contains("the log is whole", (await node.Cli("audit", "verify", "--dir", evidence, "--key", key)).Ok, StringComparison.Ordinal);
        Assert.Contains("\"number\":5", (await node.Cli("audit", "prove", "--check", "--key", key, proof)).Ok, StringComparison.Ordinal);

        // A daemon that was killed says that it did not close its log, and the log continues the exported one.
        await node.StartAgain();
        Assert.Contains("log.gap", (await Entries(node)).Select(Kind));
        _ = (await node.Cli("audit", "verify", "--key", key, "--against", Path.Combine(evidence, "checkpoint"))).Ok;
    }

    [Fact]
    public async Task A_log_that_somebody_changed_is_told_by_verify_and_after_a_start_by_doctor()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var evidence = Path.Combine(node.Home, "evidence");
        _ = (await node.Cli("audit", "export", evidence)).Ok;
        var bundle = Directory.EnumerateFiles(Path.Combine(evidence, "tile/entries"), "*", SearchOption.AllDirectories).First();
        var bytes = await File.ReadAllBytesAsync(bundle, TestContext.Current.CancellationToken);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(bundle, bytes, TestContext.Current.CancellationToken);
        Assert.Contains("WRONG", (await node.Cli("audit", "verify", "--dir", evidence)).Out, StringComparison.Ordinal);

        // An older copy of the log in the place of the present one.
        var audit = Path.Combine(node.Root, "audit");
        var old = Path.Combine(node.Home, "old");
        await node.Stop();
        CopyTree(audit, old);
        await node.StartAgain();
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
        await node.Stop();
        Directory.Delete(audit, recursive: true);
        Directory.Move(old, audit);
        await node.StartAgain();
        Assert.Contains("an older copy was put in its place", (await node.Cli("doctor")).Out, StringComparison.Ordinal);
        Assert.Contains("older copy", (await node.Cli("audit", "verify")).Out, StringComparison.Ordinal);
        Assert.Equal(("log.begin", "failed"), (Kind((await Entries(node))[0]), (await Entries(node))[0].GetProperty("outcome").GetString()));
    }

    private static string? Kind(JsonElement entry) => entry.GetProperty("kind").GetString();

    private static async Task<List<JsonElement>> Entries(TestNode node) =>
        [.. (await node.Cli("audit", "show", "-o", "json")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement.GetProperty("entry"))];

    private static void CopyTree(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
