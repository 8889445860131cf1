using System.Net;
using System.Text;
using Skerry.Oci.Distribution;

namespace Skerry.Oci.Tests.Distribution;

public sealed class RedirectTests
{
    private static readonly byte[] Blob = Encoding.ASCII.GetBytes("blob");
    private static readonly Descriptor Layer = new(MediaTypes.OciLayer, Digest.OfSha256(Blob), Blob.Length);

    // 127.0.0.2 plays the public Internet here
    private static RegistryOptions Options(params string[] plain) => new()
    {
        PlainHttp = plain.ToHashSet(),
        UseProxy = false,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        MaxAttempts = 1,
        IsPublicAddress = a => a.Equals(IPAddress.Parse("127.0.0.2")) || AddressRules.IsPublic(a),
    };

    private static Func<Heard, Answer, Task> To(string location) => (heard, a) => heard.Header("Authorization") is null && location.Contains("needs-auth", StringComparison.Ordinal)
        ? a.SendAsync(401, "", "WWW-Authenticate: Basic realm=\"x\"")
        : a.SendAsync(307, "", "Location: " + location);

    private static async Task<RegistryFailure?> Fetch(RegistryOptions options, string host, CredentialStore? credentials = null)
    {
        using var client = new RegistryClient(options, credentials);
        try
        {
            var bytes = await client.GetBlobAsync(ImageReference.Parse($"{host}/a:b"), Layer);
            Assert.Equal(Blob, bytes.ToArray());
            return null;
        }
        catch (RegistryException e)
        {
            return e.Failure;
        }
    }

    [Fact]
    public async Task A_redirect_is_followed_without_the_credentials()
    {
        using var storage = new HostileServer((_, a) => a.SendAsync(200, Blob));
        using var registry = new HostileServer(To($"http://{storage.Host}/needs-auth"));
        var credentials = CredentialStore.Of(registry.Host, new RegistryCredential { Username = "u", Password = "p" });
        Assert.Null(await Fetch(Options(registry.Host, storage.Host), registry.Host, credentials));
        Assert.Contains(registry.Heard, h => h.Header("Authorization") == "Basic dTpw");
        Assert.Null(storage.Heard.Single().Header("Authorization"));
    }

    [Fact]
    public async Task Where_it_sends_us_cannot_ask_for_the_credentials()
    {
        using var storage = new HostileServer((_, a) => a.SendAsync(401, "", "WWW-Authenticate: Basic realm=\"x\""));
        using var registry = new HostileServer(To($"http://{storage.Host}/x"));
        var credentials = CredentialStore.Of(registry.Host, new RegistryCredential { Username = "u", Password = "p" });
        Assert.Equal(RegistryFailure.Unauthorized, await Fetch(Options(registry.Host, storage.Host), registry.Host, credentials));
        Assert.All(storage.Heard, h => Assert.Null(h.Header("Authorization")));
    }

    [Fact]
    public async Task Redirects_to_plain_http_need_a_named_host()
    {
        using var storage = new HostileServer((_, a) => a.SendAsync(200, Blob));
        using var registry = new HostileServer(To($"http://{storage.Host}/x"));
        Assert.Equal(RegistryFailure.Unsafe, await Fetch(Options(registry.Host), registry.Host));
        Assert.Empty(storage.Heard);
    }

    [Theory]
    [InlineData("ftp://example.org/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user:password@127.0.0.1/x")]
    [InlineData("")]
    [InlineData("http://")]
    public async Task Redirects_to_something_else_are_refused(string location)
    {
        using var registry = new HostileServer(To(location));
        Assert.NotNull(await Fetch(Options(registry.Host), registry.Host));
    }

    [Fact]
    public async Task A_redirect_to_a_name_that_is_none_in_the_form_that_name_servers_know_is_refused()
    {
        const string host = "xn--\u00e9.example"; // RFC 5890 section 2.3.1: what begins so is ASCII
        using var registry = new HostileServer(To($"https://{host}/x"));
        Assert.Equal(RegistryFailure.Protocol, await Fetch(Options(registry.Host), registry.Host));
        using var tokens = new HostileServer((_, a) => a.SendAsync(401, "", $"WWW-Authenticate: Bearer realm=\"https://{host}/t\",service=\"s\""));
        Assert.Equal(RegistryFailure.Protocol, await Fetch(Options(tokens.Host), tokens.Host));
    }

    [Fact]
    public async Task A_circle_of_redirects_ends()
    {
        using var registry = new HostileServer(To("/v2/again"));
        Assert.Equal(RegistryFailure.Protocol, await Fetch(Options(registry.Host), registry.Host));
        Assert.Equal(6, registry.Heard.Count);
    }

    [Fact]
    public async Task A_public_registry_cannot_send_us_to_a_private_address()
    {
        using var inside = new HostileServer((_, a) => a.SendAsync(200, Blob));
        using var registry = new HostileServer(To($"http://{inside.Host}/latest/meta-data"), "127.0.0.2");
        Assert.Equal(RegistryFailure.Unsafe, await Fetch(Options(registry.Host, inside.Host), registry.Host));
        Assert.Empty(inside.Heard);

        var port = inside.Host.Split(':')[1];
        using var byName = new HostileServer(To($"http://localhost:{port}/x"), "127.0.0.2");
        Assert.Equal(RegistryFailure.Unsafe, await Fetch(Options(byName.Host, $"localhost:{port}"), byName.Host));
        Assert.Empty(inside.Heard);
    }

    [Fact]
    public async Task A_public_registry_can_send_us_to_a_public_address()
    {
        using var storage = new HostileServer((_, a) => a.SendAsync(200, Blob), "127.0.0.2");
        using var registry = new HostileServer(To($"http://{storage.Host}/x"), "127.0.0.2");
        Assert.Null(await Fetch(Options(registry.Host, storage.Host), registry.Host));
    }

    [Fact]
    public async Task A_public_registry_cannot_name_a_private_token_server()
    {
        using var inside = new HostileServer((_, a) => a.SendAsync(200, "{\"token\":\"t\"}"));
        using var registry = new HostileServer((_, a) => a.SendAsync(401, "", $"WWW-Authenticate: Bearer realm=\"http://{inside.Host}/admin\",service=\"s\""), "127.0.0.2");
        Assert.Equal(RegistryFailure.Unsafe, await Fetch(Options(registry.Host, inside.Host), registry.Host));
        Assert.Empty(inside.Heard);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("10.1.2.3", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.0.1", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    public void Addresses_are_judged(string address, bool isPublic) => Assert.Equal(isPublic, AddressRules.IsPublic(IPAddress.Parse(address)));
}
