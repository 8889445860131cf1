using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>Debian's containerd and ctr, without CRI, with root, state and socket of its own. Overlayfs snapshots on the disk.</summary>
internal sealed class Containerd : IAsyncDisposable
{
    private readonly Workplace place;
    private readonly string address;

    private Containerd(Workplace place, string address, Child server)
    {
        this.place = place;
        this.address = address;
        Server = server;
    }

    public static bool IsThere => Tool.Find("containerd") is not null && Tool.Find("ctr") is not null;

    public Child Server { get; }

    public static async Task<Containerd> StartAsync(Workplace place)
    {
        string config = Path.Combine(place.Tmp, "containerd.toml");
        string address = Path.Combine(Workplace.Run("containerd"), "containerd.sock");
        await File.WriteAllTextAsync(
            config,
            $"""
            version = 2
            root = "{place.Disk("containerd")}"
            state = "{Workplace.Run("containerd", "state")}"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
              "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
            [grpc]
              address = "{address}"
            [debug]
              level = "error"
            """).ConfigureAwait(false);
        Child server = Child.Start(Command.Of(Tool.Of("containerd"), "--config", config).WithEnvironment("TMPDIR", place.Tmp) with
        {
            Errors = Path.Combine(place.Tmp, "containerd.err"),
        });
        Containerd containerd = new(place, address, server);
        await Readiness.WaitAsync("containerd", server, () => Child.Read(containerd.Ctr("version"), place.Tmp).Length > 0).ConfigureAwait(false);
        return containerd;
    }

    public Command Ctr(params ReadOnlySpan<string> arguments) => Command.Of(Tool.Of("ctr"), "--address", address, "--namespace", "bench").With(arguments);

    /// <summary><c>ctr run --rm</c>: a new, empty network namespace.</summary>
    public Command Run(string runtime, string image, string id, params ReadOnlySpan<string> arguments) =>
        Ctr("run", "--rm", "--runc-binary", runtime, image, id).With(arguments);

    /// <summary><c>ctr run -d</c>, its output in a file.</summary>
    public Command RunDetached(string runtime, string image, string id, string log, params ReadOnlySpan<string> arguments) =>
        Ctr("run", "--detach", "--log-uri", $"file://{log}", "--runc-binary", runtime, image, id).With(arguments);

    public Command Pull(string image) => Ctr("images", "pull", "--plain-http", image);

    public void Remove(string image) => _ = Child.Read(Ctr("images", "rm", "--sync", image), place.Tmp);

    public async ValueTask DisposeAsync() => await Server.StopAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
}
