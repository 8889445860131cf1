using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Skerry.Oci;
using Skerry.Oci.Archives;
using Skerry.Oci.Distribution;

namespace Skerry.System.Tests.Nodes;

/// <summary>Debian's docker-registry with a certificate of an authority that nobody knows, and with a password where asked for.</summary>
internal sealed class PrivateRegistry : IAsyncDisposable
{
    internal const string User = "me";
    internal const string Password = "secret";

    // bcrypt of the password (htpasswd -B), the only form that docker-registry takes.
    private const string Hash = "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";

    private readonly DirectoryInfo _directory;
    private readonly Process _process;

    private PrivateRegistry(DirectoryInfo directory, Process process, string host)
    {
        (_directory, _process, Host) = (directory, process, host);
    }

    /// <summary>HOST:PORT.</summary>
    internal string Host { get; }

    /// <summary>The authority's certificate.</summary>
    internal string Authority => Path.Combine(_directory.FullName, "ca.pem");

    internal static async Task<PrivateRegistry> StartAsync(bool withPassword)
    {
        Assert.SkipUnless(TestRegistry.Binary is not null, "needs docker-registry: apt-get install docker-registry");
        Assert.SkipUnless(File.Exists("/usr/bin/openssl"), "needs openssl: apt-get install openssl");
        var directory = Directory.CreateTempSubdirectory("skerry-test-private-registry-");
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        _ = (await Running.Shell($"""
            set -e; cd '{directory.FullName}'
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj '/CN=test authority' -days 2 2>/dev/null
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out request.pem -subj '/CN=127.0.0.1' 2>/dev/null
            printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >extensions
            openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out certificate.pem -days 2 -extfile extensions 2>/dev/null
            """)).Ok;
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "htpasswd"), $"{User}:{Hash}\n");
        var config = Path.Combine(directory.FullName, "config.yml");
        await File.WriteAllTextAsync(config, $$"""
            version: 0.1
            log: { level: error, accesslog: { disabled: true } }
            storage: { filesystem: { rootdirectory: {{directory.FullName}}/data } }
            http: { addr: "{{host}}", tls: { certificate: {{directory.FullName}}/certificate.pem, key: {{directory.FullName}}/key.pem } }
            {{(withPassword ? $"auth: {{ htpasswd: {{ realm: private, path: {directory.FullName}/htpasswd }} }}" : string.Empty)}}
            """);
        var process = Process.Start(new ProcessStartInfo(TestRegistry.Binary!, ["serve", config]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var registry = new PrivateRegistry(directory, process, host);
        try
        {
            await Running.Until(() => Listens(port), "the registry does not listen");
            using var client = new RegistryClient(
                new RegistryOptions { CaFiles = [registry.Authority], UseProxy = false },
                withPassword ? CredentialStore.Of(host, new RegistryCredential { Username = User, Password = Password }) : CredentialStore.Empty);
            using var image = TestImages.Small();
            await image.Build().PushAsync(client, ImageReference.Parse($"{host}/{TestImages.SmallName}"));
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static bool Listens(int port)
    {
        try
        {
            using var probe = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
