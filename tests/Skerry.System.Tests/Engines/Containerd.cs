using System.Diagnostics;
using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Engines;

/// <summary>containerd without CRI, with root, state and socket of its own, spoken to by ctr.</summary>
internal sealed class Containerd(string beneath) : Engine(beneath)
{
    private Process? _server;

    private string Socket => Path.Combine(Home, "containerd.sock");

    internal override async Task Prepare()
    {
        var config = Path.Combine(Home, "containerd.toml");
        await File.WriteAllTextAsync(config,
            $"""
            version = 2
            root = "{Home}/containerd/root"
            state = "{Home}/containerd/run"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
              "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
            [grpc]
              address = "{Socket}"
            """);
        var path = $"{Path.Combine(Programs.Repository, "artifacts/tools/bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        _server = Running.Start("/bin/sh", ["-c", $"exec '{Find("containerd")}' --config '{config}' >'{Home}/log' 2>&1"], ("PATH", path), ("TMPDIR", Home));
        await Running.Until(async () => (await Ctr("version")).Code == 0, () => "containerd does not answer: " + Leftovers.Read(Path.Combine(Home, "log")));
        Image = await TestNode.Image();
        _ = (await Ctr("images", "pull", "--plain-http", Image)).Ok;
    }

    internal override Task<Said> Run(string name, Limits limits, params string[] command) => Ctr([.. Start("--rm", limits), Image, name, .. command]);

    internal override Task<Said> RunDetached(string name, Limits limits, params string[] command) => Ctr([.. Start("--detach", limits), Image, name, .. command]);

    internal override Task<Said> Exec(string name, params string[] command) => Ctr(["task", "exec", "--exec-id", "e" + Guid.NewGuid().ToString("N"), name, .. command]);

    internal override async Task<Said> PauseAndResume(string name)
    {
        _ = (await Ctr("task", "pause", name)).Ok;
        Assert.Contains("PAUSED", (await Ctr("task", "ls")).Ok, StringComparison.Ordinal);
        return await Ctr("task", "resume", name);
    }

    internal override async Task<Said> Kill(string name)
    {
        var said = await Ctr("task", "kill", "--signal", "SIGKILL", name);
        await Running.Until(async () => (await Ctr("task", "ls")).Ok.Contains("STOPPED", StringComparison.Ordinal), () => $"{name} does not end");
        return said;
    }

    internal override async Task<Said> Remove(string name)
    {
        // It warns of an exit code that is not 0.
        Assert.Contains("137", (await Ctr("task", "rm", name)).ToString(), StringComparison.Ordinal);
        return await Ctr("container", "rm", name);
    }

    protected override async Task End()
    {
        if (_server is not null)
        {
            await Running.Shell($"kill -TERM {_server.Id.ToString(CultureInfo.InvariantCulture)}");
            await _server.WaitForExitAsync().WaitAsync(Running.Patience);
            _server.Dispose();
        }
    }

    private string[] Start(string how, Limits limits)
    {
        var words = new List<string> { "run", how, "--runc-binary", Runtime, "--runc-root", Path.Combine(Home, "state"), "--cgroup", $"/{Name}-{Guid.NewGuid():N}" };
        if (limits.MemoryMiB > 0)
        {
            words.AddRange(["--memory-limit", (limits.MemoryMiB * 1048576L).ToString(CultureInfo.InvariantCulture)]);
        }

        if (limits.Cpus > 0)
        {
            words.AddRange(["--cpus", limits.Cpus.ToString(CultureInfo.InvariantCulture)]);
        }

        return [.. words];
    }

    private Task<Said> Ctr(params string[] arguments) => Call("ctr", ["--address", Socket, "--namespace", "test", .. arguments]);
}
