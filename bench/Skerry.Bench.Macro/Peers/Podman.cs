using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>Debian's podman with storage, state and configuration of its own. Overlay on the disk, cgroupfs, no event log, no CNI.</summary>
internal sealed class Podman
{
    private readonly Workplace place;
    private readonly string configuration;

    public Podman(Workplace place)
    {
        this.place = place;
        configuration = place.Disk("podman", "etc");
        // Only lowered: podman's defaults raise limits, which needs CAP_SYS_RESOURCE.
        File.WriteAllText(
            Path.Combine(configuration, "containers.conf"),
            """
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            """);
        File.WriteAllText(Path.Combine(configuration, "policy.json"), """{"default":[{"type":"insecureAcceptAnything"}]}""");
        File.WriteAllText(
            Path.Combine(configuration, "registries.conf"),
            $"""
            [[registry]]
            location = "{Registry.Host}"
            insecure = true
            """);
        WriteStorage("storage.conf", place.Disk("podman", "root"), Workplace.Run("podman"));
    }

    public static bool IsThere => Tool.Find("podman") is not null;

    public Command Command(params ReadOnlySpan<string> arguments) => Of("storage.conf", arguments);

    /// <summary><c>podman run --rm --network none</c>.</summary>
    public Command Run(string runtime, string image, params ReadOnlySpan<string> arguments) =>
        Command("--runtime", runtime, "run", "--rm", "--network", "none", image).With(arguments);

    public void Pull(string image) => _ = Child.Read(Command("pull", "--quiet", image), place.Tmp);

    /// <summary>A pull into a store of its own, which is empty.</summary>
    public Command PullInto(string store, string image)
    {
        string name = $"storage.{Path.GetFileName(store)}.conf";
        WriteStorage(name, store, Workplace.Run("podman-pull"));
        return Of(name, "pull", "--quiet", image);
    }

    private Command Of(string storage, params ReadOnlySpan<string> arguments) =>
        Spawning.Command.Of(Tool.Of("podman"), arguments)
            .WithEnvironment("CONTAINERS_CONF", Path.Combine(configuration, "containers.conf"))
            .WithEnvironment("CONTAINERS_STORAGE_CONF", Path.Combine(configuration, storage))
            .WithEnvironment("CONTAINERS_REGISTRIES_CONF", Path.Combine(configuration, "registries.conf"))
            .WithEnvironment("HOME", place.Disk("podman", "home"))
            .WithEnvironment("TMPDIR", place.Tmp);

    private void WriteStorage(string name, string root, string run) =>
        File.WriteAllText(
            Path.Combine(configuration, name),
            $"""
            [storage]
            driver = "overlay"
            graphroot = "{root}"
            runroot = "{run}"
            """);
}
