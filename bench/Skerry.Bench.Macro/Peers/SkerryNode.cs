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

    public string Root { get; }

    public string Run { get; }

    /// <summary>What the daemon gave its OCI runtime for the container of <see cref="RuntimeBeneath"/>.</summary>
    public string? Specification { get; private set; }

    public static bool IsThere(Workplace place) =>
        File.Exists(Path.Combine(place.Dist, "skerryd")) && File.Exists(Path.Combine(place.Dist, "skerry"));

    public static async Task<SkerryNode> StartAsync(Workplace place, string name)
    {
        string root = place.Disk(name);
        string run = Workplace.Run(name);
        string config = Path.Combine(place.Tmp, $"{name}.toml");
        await File.WriteAllTextAsync(
            config,
            $"""
            [registries."{Registry.Host}"]
            plain_http = true
            """).ConfigureAwait(false);

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
    public string RuntimeBeneath(string image)
    {
        _ = Child.Read(Cli("run", "-d", "--network", "none", "--name", "bench-probe", image, "sleep", "1000"), place.Tmp);
        try
        {
            JsonNode found = Json(Child.Read(Cli("inspect", "-o", "json", "bench-probe"), place.Tmp));
            Specification = Find(found, "ociSpecJson", "oci_spec_json", "ociSpec", "spec_json")?.ToString();
            return Find(found, "runtime")?.ToString() ?? "an unknown runtime";
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
        JsonNode pods = Json(Child.Read(Cli("ps", "-o", "json"), place.Tmp));
        List<string> paths = [];
        Collect(pods, paths);
        return paths.Count >= wanted.Count
            ? paths
            : throw new BenchException($"skerry ps -o json names {paths.Count} logs of running containers, {wanted.Count} were started");
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

    private static void Collect(JsonNode? node, List<string> paths)
    {
        switch (node)
        {
            case JsonObject o:
                if ((o["logPath"] ?? o["log_path"]) is { } path)
                {
                    paths.Add(path.ToString());
                }

                foreach ((string _, JsonNode? child) in o)
                {
                    Collect(child, paths);
                }

                break;
            case JsonArray a:
                foreach (JsonNode? child in a)
                {
                    Collect(child, paths);
                }

                break;
        }
    }

    private static JsonNode? Find(JsonNode? node, params string[] names) => node switch
    {
        JsonObject o => names.Select(n => o[n]).FirstOrDefault(v => v is not null) ?? o.Select(p => Find(p.Value, names)).FirstOrDefault(v => v is not null),
        JsonArray a => a.Select(c => Find(c, names)).FirstOrDefault(v => v is not null),
        _ => null,
    };
}
