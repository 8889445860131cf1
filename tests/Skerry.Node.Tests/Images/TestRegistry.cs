using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Skerry.Oci.Distribution;

namespace Skerry.Node.Tests.Images;

/// <summary>Debian's docker-registry on a free loopback port, with its data in a directory of its own.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    public static string Binary { get; } = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':')
        .Select(static d => Path.Combine(d, "docker-registry")).FirstOrDefault(File.Exists) ?? "/usr/bin/docker-registry";

    private readonly DirectoryInfo _root;
    private readonly Process _process;
    private bool _disposed;

    private TestRegistry(DirectoryInfo root, Process process, string host)
    {
        _root = root;
        _process = process;
        Host = host;
    }

    public string Host { get; }

    public RegistryOptions Options => new() { PlainHttp = new HashSet<string> { Host }, UseProxy = false };

    /// <param name="more">More lines of its configuration.</param>
    public static async Task<TestRegistry> StartAsync(string more = "")
    {
        Assert.SkipUnless(File.Exists(Binary), $"{Binary} is not installed");
        var root = Directory.CreateTempSubdirectory("images-registry-");

        // A port that is free now may be another test's when the registry asks for it.
        for (var tries = 0; tries < 5; tries++)
        {
            if (await TryStart(root, more) is { } registry)
            {
                return registry;
            }
        }

        root.Delete(recursive: true);
        throw new InvalidOperationException($"{Binary} does not answer");
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _root.Delete(recursive: true);
    }

    private static async Task<TestRegistry?> TryStart(DirectoryInfo root, string more)
    {
        string host;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            host = $"127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        string config = Path.Combine(root.FullName, "config.yml");
        await File.WriteAllTextAsync(config, $$"""
            version: 0.1
            log: { level: error }
            storage: { filesystem: { rootdirectory: {{root.FullName}}/data } }
            http: { addr: "{{host}}" }
            {{more}}
            """);
        var process = Process.Start(new ProcessStartInfo(Binary, ["serve", config]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        using var client = new HttpClient(new HttpClientHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
        for (var deadline = Stopwatch.StartNew(); deadline.Elapsed < TimeSpan.FromSeconds(30) && !process.HasExited;)
        {
            try
            {
                using var answer = await client.GetAsync($"http://{host}/v2/");
                if (answer.Headers.Contains("Docker-Distribution-Api-Version") && !process.HasExited)
                {
                    return new TestRegistry(root, process, host);
                }
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // It does not listen yet.
            }

            await Task.Delay(20);
        }

        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        return null;
    }
}
