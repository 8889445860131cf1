using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>notary-server on the loopback, with an authority and a certificate of its own, its metadata in memory.</summary>
internal sealed class TrustServer : IAsyncDisposable
{
    private const int Port = 4443;
    private const string Authority = """
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=ca -addext keyUsage=critical,keyCertSign &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.key -out s.csr -subj /CN=127.0.0.1 &&
        printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >s.ext &&
        openssl x509 -req -in s.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out s.crt -days 30 -extfile s.ext
        """;

    private readonly Child server;

    private TrustServer(Child server) => this.server = server;

    public static string Url => $"https://127.0.0.1:{Port}";

    public static async Task<TrustServer> StartAsync(Workplace place, SigningTools tools)
    {
        _ = Child.Read(Command.Of("/bin/sh", "-c", Authority) with { WorkingDirectory = tools.Home }, place.Tmp);
        string quiet = "\"logging\":{\"level\":\"error\"}";
        await File.WriteAllTextAsync(
            tools.At("server.json"),
            "{\"server\":{\"http_addr\":\"127.0.0.1:" + Port + "\",\"tls_key_file\":\"./s.key\",\"tls_cert_file\":\"./s.crt\"},\"trust_service\":{\"type\":\"local\"},\"storage\":{\"backend\":\"memory\"}," + quiet + "}").ConfigureAwait(false);
        await File.WriteAllTextAsync(
            tools.At("client.json"),
            "{\"trust_dir\":\"" + tools.At("trust") + "\",\"remote_server\":{\"url\":\"" + Url + "\",\"root_ca\":\"" + tools.At("ca.crt") + "\"}}").ConfigureAwait(false);

        // docker finds the authority of a trust server beneath its own directory.
        string certificates = tools.At($".docker/tls/127.0.0.1:{Port}");
        _ = Directory.CreateDirectory(certificates);
        File.Copy(tools.At("ca.crt"), Path.Combine(certificates, "ca.crt"), overwrite: true);
        Child server = Child.Start(tools.Call("notary-server", "-config=server.json") with
        {
            Errors = Path.Combine(place.Tmp, "notary-server.err"), Output = Path.Combine(place.Tmp, "notary-server.out"),
        });
        await Readiness.WaitAsync("notary-server", server, Port).ConfigureAwait(false);
        return new TrustServer(server);
    }

    public async ValueTask DisposeAsync() => await server.StopAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
}
