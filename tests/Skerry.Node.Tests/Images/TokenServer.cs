using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Skerry.Node.Tests.Images;

/// <summary>
/// The token server that Debian's registry is told to trust (distribution, docs/spec/auth/token.md and jwt.md): it signs what the registry
/// then checks by itself.
/// </summary>
internal sealed class TokenServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly X509Certificate2 _certificate;
    private readonly RSA _key = RSA.Create(2048);
    private readonly string _certificateFile;
    private readonly string _allowed;
    private readonly Task _loop;
    private int _given;

    private TokenServer(string user, string password)
    {
        _allowed = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        var request = new CertificateRequest("CN=skerry test tokens", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        _certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        _certificateFile = Path.GetTempFileName();
        File.WriteAllText(_certificateFile, _certificate.ExportCertificatePem());
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Host = $"127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"http://{Host}/");
        _listener.Start();
        _loop = Loop();
    }

    public string Host { get; }

    /// <summary>Tokens that were given out.</summary>
    public int Given => Volatile.Read(ref _given);

    /// <summary>What the registry's configuration says of it.</summary>
    public string Configuration => $"auth: {{ token: {{ realm: \"http://{Host}/token\", service: skerry-test, issuer: skerry-tokens, rootcertbundle: \"{_certificateFile}\" }} }}";

    public static TokenServer Start(string user, string password) => new(user, password);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
        File.Delete(_certificateFile);
        _certificate.Dispose();
        _key.Dispose();
    }

    private async Task Loop()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            bool allowed = context.Request.Headers["Authorization"] == _allowed;
            context.Response.StatusCode = allowed ? 200 : 401;
            if (allowed)
            {
                Interlocked.Increment(ref _given);
                context.Response.ContentType = "application/json";
                context.Response.OutputStream.Write(Encoding.UTF8.GetBytes($$"""{"token":"{{Token(context.Request.QueryString["scope"] ?? "")}}","expires_in":300}"""));
            }

            context.Response.Close();
        }
    }

    private string Token(string scope)
    {
        var parts = scope.Split(':');
        var access = parts.Length == 3 ? $$"""{"type":"{{parts[0]}}","name":"{{parts[1]}}","actions":[{{string.Join(',', parts[2].Split(',').Select(a => $"\"{a}\""))}}]}""" : "";
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var header = $$"""{"typ":"JWT","alg":"RS256","x5c":["{{Convert.ToBase64String(_certificate.RawData)}}"]}""";
        var claims = $$"""{"iss":"skerry-tokens","sub":"keeper","aud":"skerry-test","exp":{{now + 300}},"nbf":{{now - 60}},"iat":{{now}},"jti":"{{Guid.NewGuid()}}","access":[{{access}}]}""";
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }
}
