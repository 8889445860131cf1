using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Unikernel;

/// <summary>A node with QEMU, and the sample's image built by its own command.</summary>
public sealed class UnikernelFixture : IAsyncLifetime
{
    private TestNode? _node;

    internal TestNode Node => _node ?? throw new InvalidOperationException("the node was not started");

    /// <summary>The sample.</summary>
    internal string Image { get; private set; } = string.Empty;

    /// <summary>Why no test here can run; null: all can.</summary>
    internal string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var qemu = Path.Combine(Programs.Repository, "artifacts/tools/lab/usr/bin/qemu-system-x86_64");
        qemu = File.Exists(qemu) ? qemu : "/usr/bin/qemu-system-x86_64";
        Missing = !File.Exists(qemu) ? "needs QEMU: scripts/setup --lab unpacks it"
            : !File.Exists("/usr/bin/gcc") || !File.Exists("/usr/bin/umoci") ? "needs gcc and umoci, to build the sample: scripts/setup --lab"
            : !Directory.Exists(Path.Combine(Programs.Repository, "artifacts/tools/lab/boot")) ? "needs a kernel: scripts/setup --lab unpacks it"
            : null;
        if (Missing is not null)
        {
            return;
        }

        _node = await TestNode.StartAsync($"[runtime]\nqemu = \"{qemu}\"\n");
        var archive = Path.Combine(_node.Home, "sample.tar");
        _ = (await Running.Shell($"'{Programs.Repository}/samples/unikernel/build' '{archive}'")).Ok;
        _ = (await _node.Cli("image", "import", "--name", "unikernel-sample:1", archive)).Ok;
        Image = "unikernel-sample:1";
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;
}
