using System.Diagnostics;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>Guests that stand still or crash: nobody else waits for them, and what happened is told.</summary>
public sealed class SilentGuestTests
{
    [Fact]
    public async Task A_guest_that_does_not_answer_holds_up_nobody_and_is_told()
    {
        Need();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "silent", "--tier", "microvm", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "other", "--tier", "process", image, "sleep", "1000")).Ok;
        var machine = Machine.Of(node);
        machine.Signal("STOP");
        try
        {
            // Two samples, each of which waited 5 seconds for each container of such a guest.
            var began = Stopwatch.GetTimestamp();
            var said = (await node.Cli("stats", "--no-stream")).Ok;
            Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(8));
            Assert.Matches("silent .*its guest does not answer", said);
            Assert.Matches("other .*B / ", said);
            Assert.Contains("no answer from the guest", (await node.Cli("exec", "silent", "true")).Failed(125), StringComparison.Ordinal);
        }
        finally
        {
            machine.Signal("CONT");
        }

        Assert.Equal("up\n", (await node.Cli("exec", "silent", "echo", "up")).Ok);
        Assert.DoesNotContain("does not answer", (await node.Cli("stats", "--no-stream")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_panic_of_a_guests_kernel_is_told_as_one_and_quoted_from_its_beginning()
    {
        Need();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli(
            "run", "-d", "--name", "panics", "--tier", "microvm", "--cap-add", "SYS_ADMIN", image, "sh", "-c",
            "mkdir -p /tmp/p; mount -t proc p /tmp/p; echo c > /tmp/p/sysrq-trigger; echo c > /proc/sysrq-trigger; sleep 100")).Ok;
        var ended = await node.UntilState("panics", ContainerState.Exited, seconds: 60);
        Assert.Contains("its guest's kernel panicked; its console: ", ended.Reason, StringComparison.Ordinal);
        Assert.Contains("Kernel panic - not syncing: sysrq triggered crash", ended.Reason, StringComparison.Ordinal);
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }
}
