using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Engines;

/// <summary>podman with storage, state and configuration of its own; no network, no event log.</summary>
internal sealed class Podman(string beneath) : Engine(beneath)
{
    internal override async Task Prepare()
    {
        Directory.CreateDirectory(Path.Combine(Home, "home"));

        // Limits are only lowered: podman's defaults raise them, which needs CAP_SYS_RESOURCE.
        await File.WriteAllTextAsync(Path.Combine(Home, "containers.conf"),
            "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\nlog_driver = \"k8s-file\"\n[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"none\"\n");
        await File.WriteAllTextAsync(Path.Combine(Home, "storage.conf"),
            $"[storage]\ndriver = \"overlay\"\ngraphroot = \"{Home}/podman/root\"\nrunroot = \"{Home}/podman/run\"\n");
        await File.WriteAllTextAsync(Path.Combine(Home, "registries.conf"), $"[[registry]]\nlocation = \"{await TestRegistry.Host()}\"\ninsecure = true\n");
        Image = await TestNode.Image();
        _ = (await Command("pull", "--quiet", Image)).Ok;
    }

    internal override Task<Said> Run(string name, Limits limits, params string[] command) => Command([.. Start("run", "--rm", name, limits), Image, .. command]);

    internal override Task<Said> RunDetached(string name, Limits limits, params string[] command) => Command([.. Start("run", "--detach", name, limits), Image, .. command]);

    internal override Task<Said> Exec(string name, params string[] command) => Command(["exec", name, .. command]);

    internal override async Task<Said> PauseAndResume(string name)
    {
        _ = (await Command("pause", name)).Ok;
        Assert.Equal("paused", (await Command("inspect", "--format", "{{.State.Status}}", name)).Ok.Trim());
        return await Command("unpause", name);
    }

    internal override async Task<Said> Kill(string name)
    {
        _ = (await Command("kill", "--signal", "KILL", name)).Ok;
        Assert.Equal("137", (await Command("wait", name)).Ok.Trim());
        return new Said(0, string.Empty, string.Empty);
    }

    internal override Task<Said> Remove(string name) => Command("rm", name);

    /// <summary>Its store is one mount of its own for the layers.</summary>
    protected override async Task End() => _ = await Running.Shell($"umount '{Home}/podman/root/overlay' 2>/dev/null; true");

    private string[] Start(string command, string how, string name, Limits limits)
    {
        var words = new List<string> { command, how, "--name", name, "--network", "none", "--cgroup-parent", "/" + Name };
        if (limits.MemoryMiB > 0)
        {
            words.AddRange(["--memory", string.Create(CultureInfo.InvariantCulture, $"{limits.MemoryMiB}m")]);
        }

        if (limits.Pids > 0)
        {
            words.AddRange(["--pids-limit", limits.Pids.ToString(CultureInfo.InvariantCulture)]);
        }

        if (limits.Cpus > 0)
        {
            words.AddRange(["--cpus", limits.Cpus.ToString(CultureInfo.InvariantCulture)]);
        }

        return [.. words];
    }

    private Task<Said> Command(params string[] arguments) =>
        Call("podman", ["--runtime", Runtime, .. arguments],
            ("CONTAINERS_CONF", Path.Combine(Home, "containers.conf")), ("CONTAINERS_STORAGE_CONF", Path.Combine(Home, "storage.conf")),
            ("CONTAINERS_REGISTRIES_CONF", Path.Combine(Home, "registries.conf")), ("HOME", Path.Combine(Home, "home")), ("TMPDIR", Home));
}
