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

        // Another thread writes them, in order.
        List<JsonElement> entries = [];
        await Running.Until(async () => (entries = await Entries(node)).Exists(static e => Kind(e) == "pod.remove"), () => string.Join(' ', entries.Select(Kind)));
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
        Assert.Contains("  pod.create  ", Assert.Single((await node.Cli("audit", "show", "-n", "1", "--kind", "pod.create")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("signed by the key that you gave", (await node.Cli("audit", "verify", "--key", key)).Ok, StringComparison.Ordinal);

        // Evidence leaves the node and is verified without it.
        var evidence = Path.Combine(node.Home, "evidence");
        _ = (await node.Cli("audit", "export", evidence)).Ok;
        var proof = Path.Combine(node.Home, "exec.tlog-proof");
        await File.WriteAllTextAsync(proof, (await node.Cli("audit", "prove", "5")).Ok, TestContext.Current.CancellationToken);
        node.Kill9();
        Assert.Contains("the log is whole", (await node.Cli("audit", "verify", "--dir", evidence, "--key", key)).Ok, StringComparison.Ordinal);
        Assert.Contains("\"number\":5", (await node.Cli("audit", "prove", "--check", "--key", key, proof)).Ok, StringComparison.Ordinal);
        await File.WriteAllTextAsync(proof, (await node.Cli("audit", "prove", "--dir", evidence, "6")).Ok, TestContext.Current.CancellationToken);
        Assert.Contains("\"number\":6", (await node.Cli("audit", "prove", "--check", "--key", key, proof)).Ok, StringComparison.Ordinal);
        Assert.Contains("has no entry 99999: there are 0 to", (await node.Cli("audit", "prove", "--dir", evidence, "99999")).Error, StringComparison.Ordinal);

        // A daemon that was killed says that it did not close its log, and the log continues the exported one.
        await node.StartAgain();
        Assert.Contains("log.gap", (await Entries(node)).Select(Kind));
        _ = (await node.Cli("audit", "verify", "--key", key, "--against", Path.Combine(evidence, "checkpoint"))).Ok;
    }

    [Fact]
    public async Task Policies_that_were_changed_by_hand_are_entries_also_where_no_daemon_ran_and_nothing_else_is()
    {
        await using var node = await TestNode.StartAsync();
        await Running.Until(async () => (await Changes(node)).Count >= 3, () => node.LogTail());
        Assert.Equal(["rules", "tiers", "trust"], (await Changes(node)).Select(Policy).Order());

        // While it runs: met by whoever asks next. A policy that is wrong is told with what is wrong.
        await node.Trust("tests", "images = [\"*\"]\nrequire = \"nothin\"\n");
        _ = await node.Cli("trust", "ls");
        await Running.Until(async () => (await Changes(node)).Count == 4, () => node.LogTail());
        var wrong = (await Changes(node))[^1];
        Assert.Equal(("trust", "failed"), (Policy(wrong), wrong.GetProperty("outcome").GetString()));
        Assert.Contains("nothin", wrong.GetProperty("details").GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.False(wrong.TryGetProperty("actor", out var actor) && actor.TryGetProperty("pid", out _));

        // While none runs, by another file than before; and not again.
        node.Kill9();
        await node.Trust("tests", "images = [\"*\"]\nrequire = \"nothing\"\ndrift = \"alert\"\n");
        await node.StartAgain();
        await Running.Until(async () => (await Changes(node)).Count == 5, () => node.LogTail());
        var changed = (await Changes(node))[^1];
        Assert.Equal(wrong.GetProperty("details").GetProperty("digest").GetString(), changed.GetProperty("details").GetProperty("before").GetString());
        await node.Stop();
        await node.StartAgain();
        _ = (await node.Cli("trust", "ls")).Ok;
        Assert.Equal(5, (await Changes(node)).Count);
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
        Assert.Contains("the log does not prove its entry 0", (await node.Cli("audit", "prove", "--dir", evidence, "0")).Error, StringComparison.Ordinal);

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

    [Fact]
    public async Task What_was_exported_is_never_written_over_by_a_log_that_does_not_continue_it()
    {
        await using var node = await TestNode.StartAsync();
        var (audit, evidence) = (Path.Combine(node.Root, "audit"), Path.Combine(node.Home, "evidence"));
        await node.Stop();
        await node.StartAgain();
        _ = (await node.Cli("audit", "export", evidence)).Ok;
        _ = (await node.Cli("trust", "add", "more", "--image", "registry.example/more", "--unsigned")).Ok;
        Assert.Contains(" entries, ", (await node.Cli("audit", "export", evidence)).Ok, StringComparison.Ordinal);
        var kept = await File.ReadAllTextAsync(Path.Combine(evidence, "checkpoint"), TestContext.Current.CancellationToken);

        // Another log in the place of this one.
        await node.Stop();
        Directory.Delete(audit, recursive: true);
        await node.StartAgain();
        Assert.Contains("this log does not continue the one that is there", (await node.Cli("audit", "export", evidence)).Failed(1), StringComparison.Ordinal);
        Assert.Equal(kept, await File.ReadAllTextAsync(Path.Combine(evidence, "checkpoint"), TestContext.Current.CancellationToken));
        Assert.Contains("the log is whole", (await node.Cli("audit", "verify", "--dir", evidence)).Ok, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_that_is_gone_is_missing_and_not_exported_as_an_empty_file()
    {
        await using var node = await TestNode.StartAsync();
        for (var i = 0; i < 300; i++)
        {
            _ = (await node.Cli("trust", "rm", "nobody")).Failed(1);
        }

        await Running.Until(() => File.Exists(Path.Combine(node.Root, "audit/tile/entries/000")), "no bundle is full");
        File.Delete(Path.Combine(node.Root, "audit/tile/entries/000"));
        Assert.Contains("tile/entries/000: it is missing: entries were cut", (await node.Cli("audit", "verify")).Out, StringComparison.Ordinal);
        var evidence = Path.Combine(node.Home, "evidence");
        Assert.Contains("the node has no tile/entries/000 of its log any more", (await node.Cli("audit", "export", evidence)).Failed(1), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(evidence, "tile/entries/000")));
    }

    private static string? Kind(JsonElement entry) => entry.GetProperty("kind").GetString();

    private static string? Policy(JsonElement entry) => entry.GetProperty("subject").GetProperty("policy").GetString();

    private static async Task<List<JsonElement>> Changes(TestNode node) => [.. (await Entries(node)).Where(static e => Kind(e) == "policy.change")];

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
