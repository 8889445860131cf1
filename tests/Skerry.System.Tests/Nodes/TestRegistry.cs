using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Skerry.Oci;
using Skerry.Oci.Archives;
using Skerry.Oci.Distribution;

namespace Skerry.System.Tests.Nodes;

/// <summary>Debian's docker-registry on a free loopback port, with the test images in it; one for all tests, started when first asked for.</summary>
public sealed class TestRegistry : IAsyncDisposable
{
    private static readonly SemaphoreSlim Once = new(1, 1);
    private static DirectoryInfo? _directory;
    private static Process? _process;
    private static string _host = string.Empty;

    internal static string? Binary { get; } =
        new[] { "/usr/bin/docker-registry", Path.Combine(Programs.Repository, "artifacts/tools/bin/docker-registry") }.FirstOrDefault(File.Exists);

    /// <summary>HOST:PORT, after the registry was started.</summary>
    internal static async Task<string> Host()
    {
        await Once.WaitAsync();
        try
        {
            if (_process is null)
            {
                await Start();
            }

            return _host;
        }
        finally
        {
            Once.Release();
        }
    }

    /// <summary>Pushes an image and gives its full name.</summary>
    internal static async Task<string> Push(BuiltImage image, string name)
    {
        _ = await Host();
        return await PushTo(image, name);
    }

    private static async Task<string> PushTo(BuiltImage image, string name)
    {
        var reference = ImageReference.Parse($"{_host}/{name}");
        using var client = new RegistryClient(new RegistryOptions { PlainHttp = new HashSet<string> { _host }, UseProxy = false });
        await image.PushAsync(client, reference);
        return reference.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }

        _directory?.Delete(recursive: true);
        _directory = null;
    }

    private static async Task Start()
    {
        _directory = Directory.CreateTempSubdirectory("skerry-test-registry-");
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _host = $"127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        var config = Path.Combine(_directory.FullName, "config.yml");
        await File.WriteAllTextAsync(config, $$"""
            version: 0.1
            log: { level: error, accesslog: { disabled: true } }
            storage: { filesystem: { rootdirectory: {{_directory.FullName}}/data } }
            http: { addr: "{{_host}}" }
            """);
        _process = Process.Start(new ProcessStartInfo(Binary!, ["serve", config]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Running.Until(
            async () =>
            {
                try
                {
                    using var probe = new TcpClient();
                    await probe.ConnectAsync(IPEndPoint.Parse(_host));
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            () => "the registry does not listen");
        using var image = TestImages.Small();
        await PushTo(image.Build(), TestImages.SmallName);
    }
}
