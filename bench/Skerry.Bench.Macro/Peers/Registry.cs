using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>Debian's docker-registry on the loopback of the bench's network namespace, plain HTTP, files on the disk.</summary>
internal sealed class Registry : IAsyncDisposable
{
    private const int Port = 5000;
    private readonly Child server;

    private Registry(Child server) => this.server = server;

    public static string Host => $"127.0.0.1:{Port}";

    public static string Small => $"{Host}/bench/busybox:1";

    public static string Load => $"{Host}/bench/load:1";

    public static string ManyFiles => $"{Host}/bench/many-files:1";

    public static string Layered => $"{Host}/bench/layered:1";

    public static async Task<Registry> StartAsync(Workplace place)
    {
        string config = Path.Combine(place.Tmp, "registry.yml");
        await File.WriteAllTextAsync(
            config,
            $"""
            version: 0.1
            log: {"{"}level: error, accesslog: {"{"}disabled: true{"}"}{"}"}
            storage:
              filesystem: {"{"}rootdirectory: {place.Disk("registry")}{"}"}
            http:
              addr: {Host}
            """).ConfigureAwait(false);
        Child server = Child.Start(Command.Of(Tool.Of("docker-registry"), "serve", config) with
        {
            Errors = Path.Combine(place.Tmp, "registry.err"), Output = Path.Combine(place.Tmp, "registry.out"),
        });
        await Readiness.WaitAsync("docker-registry", server, Port).ConfigureAwait(false);
        return new Registry(server);
    }

    /// <summary>Copies an image layout into the registry.</summary>
    public static void Push(Workplace place, string layout, string reference) =>
        _ = Child.Read(
            Command.Of(Tool.Of("skopeo"), "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", $"oci:{layout}:bench", $"docker://{reference}"),
            place.Tmp);

    public async ValueTask DisposeAsync() => await server.StopAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
}
