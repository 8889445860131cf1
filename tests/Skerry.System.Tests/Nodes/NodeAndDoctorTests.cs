using System.Text.Json;

namespace Skerry.System.Tests.Nodes;

/// <summary>skerry node and skerry doctor on a real node.</summary>
public sealed class NodeAndDoctorTests
{
    [Fact]
    public async Task The_node_says_what_it_tried_and_leaves_nothing_of_it()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        using var said = JsonDocument.Parse((await node.Cli("node", "--probe", "-o", "json")).Ok);
        var root = said.RootElement;
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), root.GetProperty("kernel").GetString());
        Assert.Equal(node.Root, root.GetProperty("root").GetString());
        Assert.True(root.GetProperty("memoryBytes").GetInt64() > 0);
        var capabilities = root.GetProperty("capabilities").EnumerateArray().ToDictionary(
            static c => $"{c.GetProperty("group").GetString()}/{c.GetProperty("name").GetString()}", static c => c.Clone());
        Assert.True(capabilities["tier/process"].GetProperty("available").GetBoolean(), capabilities["tier/process"].ToString());
        Assert.True(capabilities["security/overlay"].GetProperty("available").GetBoolean(), capabilities["security/overlay"].ToString());
        Assert.All(capabilities.Values, static c => Assert.True(
            c.GetProperty("available").GetBoolean() || c.GetProperty("reason").GetString()!.Length > 10, c.ToString()));

        Assert.Empty(Directory.EnumerateFileSystemEntries(node.Root, "trial-*"));
        Assert.DoesNotContain(node.CgroupDirectories(), static d => Path.GetFileName(d).StartsWith("trial-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_doctor_finds_nothing_wrong_with_a_new_node_and_finds_what_was_broken()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        Assert.DoesNotContain("\"severity\": \"error\"", (await node.Cli("doctor", "-o", "json")).Ok, StringComparison.Ordinal);

        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "crasher", "--restart", "always", image, "false")).Ok;
        File.SetUnixFileMode(node.Socket, (UnixFileMode)0x1B6 /* 0666 */);
        var ill = await node.Cli("doctor");
        await Running.Until(
            async () => (ill = await node.Cli("doctor")).Out.Contains("skerry logs crasher", StringComparison.Ordinal),
            () => "the doctor does not see that crasher is restarted: " + ill.Out);
        _ = ill.Failed(1);
        Assert.Contains("chmod 0660", ill.Out, StringComparison.Ordinal);

        File.SetUnixFileMode(node.Socket, (UnixFileMode)0x1B0 /* 0660 */);
        _ = (await node.Cli("rm", "-f", "crasher")).Ok;
        _ = (await node.Cli("doctor")).Ok;
    }
}
