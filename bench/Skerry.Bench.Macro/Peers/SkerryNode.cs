using System.Text.Json;
using System.Text.Json.Nodes;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>A private node of Skerry, from the published binaries, with root, run directory and configuration of its own.</summary>
internal sealed class SkerryNode : IAsyncDisposable
{
    private readonly Workplace place;
    private readonly string address;
    private readonly string cli;

    private SkerryNode(Workplace place, string root, string run, Child server)
    {
        this.place = place;
        Root = root;
        Run = run;
        Server = server;
        address = $"unix://{Path.Combine(run, "node.sock")}";
        cli = Path.Combine(place.Dist, "skerry");
    }

    public Child Server { get; }

    /// <summary>What the daemon says of its work.</summary>
    public string Log => string.Concat(new[] { Server.Command.Errors, Server.Command.Output }.Where(File.Exists).Select(f => File.ReadAllText(f!)));

    public string Root { get; }

    public string Run { get; }

    /// <summary>What the daemon gave its OCI runtime for the container of <see cref="RuntimeBeneath"/>.</summary>
    public string? Specification { get; private set; }

    public static bool IsThere(Workplace place) =>
        File.Exists(Path.Combine(place.Dist, "skerryd")) && File.Exists(Path.Combine(place.Dist, "skerry"));

    public static async Task<SkerryNode> StartAsync(Workplace place, string name, string further = "")
    {
        string root = place.Disk(name);
        string run = Workplace.Run(name);
        string config = Path.Combine(place.Tmp, $"{name}.toml");
        await File.WriteAllTextAsync(
            config,
            $"""
            [images]
            plain_http = ["{Registry.Host}"]
            {further}
            """).ConfigureAwait(false);

        // The images are made here and nobody signs them. What the peers do without, this node is told to do without.
        string trust = Path.Combine(place.Tmp, "trust");
        Directory.CreateDirectory(trust);
        await File.WriteAllTextAsync(Path.Combine(trust, "bench.toml"), "images = [\"*\"]\nrequire = \"nothing\"\n").ConfigureAwait(false);

        // In the mount namespace of process 1: there the cgroups are as the machine has them, while this process and the peers
        // that it starts see them without the mixed-in v2 hierarchy, which crun refuses. Skerry must cope by itself.
        Child server = Child.Start(Command.Of(
            "/usr/bin/nsenter", "--mount=/proc/1/ns/mnt", "--", Path.Combine(place.Dist, "skerryd"), "--root", root, "--run", run, "--config", config)
            .WithEnvironment("TMPDIR", place.Tmp) with
        {
            Errors = Path.Combine(place.Tmp, $"{name}.err"), Output = Path.Combine(place.Tmp, $"{name}.out"),
        });
        SkerryNode node = new(place, root, run, server);
        await Readiness.WaitAsync("skerryd", server, () => Child.Read(node.Cli("ps"), place.Tmp).Length >= 0).ConfigureAwait(false);
        return node;
    }

    public Command Cli(params ReadOnlySpan<string> arguments) =>
        Command.Of(cli, arguments).WithEnvironment("SKERRY_ADDRESS", address);

    public void Pull(string image) => _ = Child.Read(Cli("image", "pull", image), place.Tmp);

    public Command PullLayered() => Cli("image", "pull", Registry.Layered);

    public void RemoveImage(string image)
    {
        _ = Child.Read(Cli("image", "rm", image), place.Tmp);
        _ = Child.Read(Cli("image", "prune"), place.Tmp);
    }

    /// <summary>Starts a container, asks what runs it and what it was given, and removes it.</summary>
    public string RuntimeBeneath(string image) => Probe(image, "process").Runtime;

    /// <summary>What runs a container of a tier, why, and the spec that was written for it.</summary>
    public (string Runtime, string Reason) Probe(string image, string tier)
    {
        _ = Child.Read(Cli("run", "-d", "--network", "none", "--tier", tier, "--name", "bench-probe", image, "sleep", "1000"), place.Tmp);
        try
        {
            JsonNode pod = Json(Child.Read(Cli("inspect", "--oci-spec", "-o", "json", "bench-probe"), place.Tmp)).AsArray()[0]!;
            Specification = pod["ociSpec"]?.ToJsonString();
            return ((string?)pod["runtime"] ?? throw new BenchException("skerry inspect -o json names no runtime"), (string?)pod["tierReason"] ?? "");
        }
        finally
        {
            Remove(["bench-probe"]);
        }
    }

    /// <summary>The log files of pods.</summary>
    public IReadOnlyList<string> LogPaths(IEnumerable<string> names)
    {
        HashSet<string> wanted = [.. names];
        List<string> paths =
        [
            .. Json(Child.Read(Cli("ps", "-o", "json"), place.Tmp)).AsArray()
                .Where(c => wanted.Contains((string?)c!["podName"] ?? ""))
                .Select(c => (string?)c!["logPath"] ?? throw new BenchException("skerry ps -o json names no logPath")),
        ];
        return paths.Count == wanted.Count
            ? paths
            : throw new BenchException($"skerry ps shows {paths.Count} running containers of {wanted.Count} that were started");
    }

    public void Remove(IEnumerable<string> names) => _ = Child.Read(Cli("rm", "--force").With([.. names]), place.Tmp);

    public async ValueTask DisposeAsync() => await Server.StopAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);

    private static JsonNode Json(string text)
    {
        try
        {
            return JsonNode.Parse(text) ?? throw new BenchException("skerry answered null");
        }
        catch (JsonException e)
        {
            throw new BenchException($"skerry -o json did not write JSON: {e.Message}", e);
        }
    }
}
