using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>What a machine gives back of the node's memory, and what machines have in common, by the real command line and the kernel's own count.</summary>
public sealed class MemoryTests
{
    private const string Ksm = "/sys/kernel/mm/ksm/run";

    [Fact]
    [Trait("Promise", "P-191")]
    public async Task A_guest_that_rests_gives_back_what_was_translated_of_its_code_and_works_on()
    {
        Need();
        await using var node = await TestNode.StartAsync(string.Empty);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "m1", "--tier", "microvm", image, "sh", "-c", "echo up; sleep 1000")).Ok;
        await Running.Until(async () => (await node.Cli("logs", "m1")).Out.Contains("up\n", StringComparison.Ordinal), () => "the program is not up", seconds: 90);
        var machine = Machine.Of(node);
        Assert.SkipUnless(machine.TranslatedMebibytes() > 0, "nothing is translated: KVM runs guests here");
        for (var round = 0; round < 2; round++)
        {
            await Running.Until(() => Task.FromResult(machine.TranslatedMebibytes() <= 10), () => $"{machine.TranslatedMebibytes()} MiB of translated code", seconds: 90);
            Assert.Equal("5\n", (await node.Cli("exec", "m1", "sh", "-c", "echo a b c d e | wc -w")).Ok);
            Assert.InRange(machine.TranslatedMebibytes(), 11, 64);
        }
    }

    [Fact]
    public async Task Machines_have_equal_pages_in_common_where_the_node_allows_it()
    {
        Need();
        Assert.SkipUnless(File.Exists(Ksm), "needs KSM");
        Assert.SkipUnless(File.Exists("/proc/self/ksm_stat"), "needs proc_pid_ksm_stat(5)");
        var before = (await File.ReadAllTextAsync(Ksm)).Trim();
        try
        {
            await using var node = await TestNode.StartAsync("[microvm]\nmerge_memory = true\n");
            var image = await node.PullSmall();
            foreach (var name in new[] { "m1", "m2" })
            {
                _ = (await node.Cli("run", "-d", "--name", name, "--tier", "microvm", image, "sleep", "1000")).Ok;
            }

            Assert.Equal("1", (await File.ReadAllTextAsync(Ksm)).Trim());
            await Running.Until(() => Task.FromResult(Machine.AllOf(node).Count(static m => m.MergedPages() > 256) == 2), () => "they have nothing in common", seconds: 120);
        }
        finally
        {
            if (before != "1")
            {
                await File.WriteAllTextAsync(Ksm, "2"); // what was merged is parted again
                await File.WriteAllTextAsync(Ksm, before);
            }
        }
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }
}
