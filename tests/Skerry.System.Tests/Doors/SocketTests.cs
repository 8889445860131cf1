using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Doors;

/// <summary>Who can use the node's socket, tried by processes of other users.</summary>
public sealed class SocketTests
{
    /// <summary>Nobody's.</summary>
    private const string Stranger = "setpriv --reuid 54321 --regid 54321";

    [Fact]
    [Trait("Promise", "P-13")]
    public async Task Root_alone_uses_the_socket_of_a_node_without_a_group()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        var skerry = await CommandLineFor(node);
        Assert.Equal("660 0:0\n", (await Running.Shell($"stat -c '%a %u:%g' '{node.Socket}'")).Ok);
        _ = (await Running.Shell($"{skerry} ps")).Ok;
        _ = (await Running.Shell($"{Stranger} --clear-groups {skerry} ps")).Failed(1);
        Assert.DoesNotContain("54321", node.LogTail(), StringComparison.Ordinal);

        // Also where somebody has opened the file to all: the daemon asks the kernel who is there.
        File.SetUnixFileMode(node.Socket, (UnixFileMode)0x1B6 /* 0666 */);
        _ = (await Running.Shell($"{Stranger} --clear-groups {skerry} ps")).Failed(1);
        _ = (await Running.Shell($"{Stranger} --groups 0 {skerry} ps")).Failed(1);
        Assert.Contains("54321", node.LogTail(int.MaxValue), StringComparison.Ordinal);
        _ = (await Running.Shell($"{skerry} ps")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-13")]
    public async Task Members_of_the_configured_group_use_the_socket_and_others_do_not()
    {
        Programs.SkipUnlessANodeCanRun();
        var (name, id) = AnyGroup();
        await using var node = await TestNode.StartAsync($"[api]\ngroup = \"{name}\"\n");
        var skerry = await CommandLineFor(node);
        Assert.Equal($"660 0:{id}\n", (await Running.Shell($"stat -c '%a %u:%g' '{node.Socket}'")).Ok);
        _ = (await Running.Shell($"{skerry} ps")).Ok;
        _ = (await Running.Shell($"{Stranger} --groups {id} {skerry} ps")).Ok;
        _ = (await Running.Shell($"{Stranger} --groups 54322,{id},54323 {skerry} ps")).Ok;
        _ = (await Running.Shell($"setpriv --reuid 54321 --regid {id} --clear-groups {skerry} ps")).Ok;
        _ = (await Running.Shell($"{Stranger} --clear-groups {skerry} ps")).Failed(1);
        File.SetUnixFileMode(node.Socket, (UnixFileMode)0x1B6 /* 0666 */);
        _ = (await Running.Shell($"{Stranger} --clear-groups {skerry} ps")).Failed(1);
        _ = (await Running.Shell($"{Stranger} --groups 54322 {skerry} ps")).Failed(1);
        _ = (await Running.Shell($"{Stranger} --groups {id} {skerry} ps")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-13")]
    public async Task A_group_that_does_not_exist_is_an_error_before_anything_is_served()
    {
        Programs.SkipUnlessANodeCanRun();
        await using var node = await TestNode.StartAsync();
        await node.Stop();
        var before = await File.ReadAllTextAsync(node.Config);
        await File.WriteAllTextAsync(node.Config, $"[api]\ngroup = \"no-such-group\"\n{before}");
        node.StartOnly();
        var (code, log) = await node.WaitForEnd();
        Assert.NotEqual(0, code);
        Assert.Contains("api.group: there is no group 'no-such-group' in /etc/group; make it with 'groupadd no-such-group'", log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", log, StringComparison.Ordinal);
        Assert.False(File.Exists(node.Socket));
        await File.WriteAllTextAsync(node.Config, before);
    }

    /// <summary>The command line for this node, where other users can reach it: the repository may be in somebody's home.</summary>
    private static async Task<string> CommandLineFor(TestNode node)
    {
        var copy = Path.Combine(node.Home, "bin");
        var from = File.Exists(Programs.CommandLine + ".dll") ? Path.GetDirectoryName(Programs.CommandLine) + "/." : Programs.CommandLine;
        _ = (await Running.Shell($"mkdir '{copy}' && cp -rL '{from}' '{copy}' && chmod -R a+rX '{copy}'")).Ok;
        return $"env SKERRY_ADDRESS=unix://{node.Socket} HOME=/ '{copy}/{Path.GetFileName(Programs.CommandLine)}'";
    }

    private static (string Name, string Id) AnyGroup()
    {
        var fields = File.ReadLines("/etc/group").Select(static line => line.Split(':')).First(static f => f.Length > 2 && uint.Parse(f[2], CultureInfo.InvariantCulture) is > 0 and < 60000);
        return (fields[0], fields[2]);
    }
}
