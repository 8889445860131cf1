using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>
/// Which VMM a node's microVMs have, and what is said of one that they cannot have. Debian has no Firecracker: SKERRY_FIRECRACKER names one, and
/// what a machine with it does then depends on whether KVM runs guests here.
/// </summary>
public sealed class VmmChoiceTests
{
    private static readonly string Firecracker = Environment.GetEnvironmentVariable("SKERRY_FIRECRACKER") ?? string.Empty;

    [Fact]
    [Trait("Promise", "P-134")]
    public async Task A_VMM_that_is_named_and_not_there_is_refused_with_what_to_do_and_no_other_takes_its_place()
    {
        Need();
        await using var node = await TestNode.StartAsync("[microvm]\nhypervisor = \"firecracker\"\nfirecracker_path = \"/nowhere/firecracker\"\n");
        var image = await node.PullSmall();
        var said = (await node.Cli("run", "--rm", "--tier", "microvm", image, "true")).Failed(125);
        Assert.Contains("there is no Firecracker at /nowhere/firecracker", said, StringComparison.Ordinal);
        Assert.Contains("firecracker_path under [microvm]", said, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-134")]
    public async Task A_VMM_that_is_there_runs_pods_or_says_plainly_why_it_does_not()
    {
        Need();
        Assert.SkipUnless(File.Exists(Firecracker), "needs Firecracker: SKERRY_FIRECRACKER=FILE");
        await using var node = await TestNode.StartAsync($"[microvm]\nhypervisor = \"firecracker\"\nfirecracker_path = \"{Firecracker}\"\n");
        var image = await node.PullSmall();
        var said = await node.Cli("run", "--rm", "--tier", "microvm", image, "echo", "hello");
        if (said.Code == 0)
        {
            Assert.Equal("hello\n", said.Ok);
            return;
        }

        Assert.Contains("Firecracker needs KVM, and /dev/kvm is there, but a guest did not come up with it: ", said.Failed(125), StringComparison.Ordinal);
        Assert.Contains("install QEMU beside it, which emulates", said.Error, StringComparison.Ordinal);
        Assert.Contains("Firecracker needs KVM", (await node.Cli("node")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-134")]
    public async Task Left_to_the_node_a_pod_gets_what_the_trial_proved_and_is_told_of_the_rest()
    {
        Need();
        Assert.SkipUnless(File.Exists(Firecracker), "needs Firecracker: SKERRY_FIRECRACKER=FILE");
        await using var node = await TestNode.StartAsync($"[microvm]\nfirecracker_path = \"{Firecracker}\"\n");
        var image = await node.PullSmall();
        Assert.Equal("hello\n", (await node.Cli("run", "--rm", "--tier", "microvm", image, "echo", "hello")).Ok);
        var shown = (await node.Cli("node")).Ok;
        Assert.True(
            shown.Contains("Firecracker with KVM", StringComparison.Ordinal) || shown.Contains("Firecracker is installed and not used: it needs KVM", StringComparison.Ordinal),
            shown);
    }

    [Fact]
    [Trait("Promise", "P-136")]
    public async Task An_image_that_is_made_for_Firecracker_is_refused_without_it_and_no_other_takes_its_place()
    {
        await using var node = await TestNode.StartAsync("[runtime]\nfirecracker = \"/nowhere/firecracker\"\n");
        using var builder = new ImageBuilder
        {
            Process = new ImageProcess
            {
                Labels = new Dictionary<string, string>
                {
                    ["com.urunc.unikernel.unikernelType"] = "linux", ["com.urunc.unikernel.hypervisor"] = "firecracker", ["com.urunc.unikernel.binary"] = "/kernel",
                },
            },
        };
        builder.AddLayer(static layer => layer.Write(new NewEntry("kernel", LayerEntryType.File) { Mode = 0x1a4 }, new MemoryStream([1]), 1));
        var image = await TestRegistry.Push(builder.Build(), "for-firecracker:1");
        Assert.Contains(
            "Firecracker, which the image is made for, is not installed", (await node.Cli("run", "--rm", "--tier", "unikernel", image)).Failed(125), StringComparison.Ordinal);
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }
}
