using System.Text;
using CsCheck;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Tests.Distribution;

public sealed class AuthTests
{
    private static readonly byte[] Manifest = ManifestWriter.Manifest(new Descriptor(MediaTypes.OciConfig, Digest.OfSha256([]), 0), []);

    private static RegistryOptions Options(params string[] plain) => new() { PlainHttp = plain.ToHashSet(), UseProxy = false, RetryDelay = TimeSpan.FromMilliseconds(1), MaxAttempts = 2 };

    private static HostileServer Registry(string realm) => new((heard, a) => heard.Header("Authorization") == "Bearer good"
        ? a.SendAsync(200, Manifest, "Content-Type: " + MediaTypes.OciManifest)
        : a.SendAsync(401, "", $"WWW-Authenticate: Bearer realm=\"{realm}\",service=\"the service\",scope=\"repository:other:*\""));

    private static CredentialStore Store(string json, Func<string, string, CancellationToken, Task<HelperAnswer>>? helper = null) => new(Encoding.UTF8.GetBytes(json), helper);

    [Fact]
    public async Task A_token_is_fetched_once_and_kept()
    {
        using var tokens = new HostileServer((_, a) => a.SendAsync(200, """{"access_token":"good","expires_in":300}"""));
        using var registry = Registry($"http://{tokens.Host}/token");
        using var client = new RegistryClient(Options(registry.Host, tokens.Host));
        var reference = ImageReference.Parse($"{registry.Host}/a/b:c");
        await client.GetManifestAsync(reference);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.GetManifestAsync(reference)));
        var asked = Assert.Single(tokens.Heard);
        Assert.Equal("/token?scope=repository%3Aa%2Fb%3Apull&service=the%20service", asked.Target);
        Assert.Equal(7, registry.Heard.Count);
    }

    [Fact]
    public async Task A_user_and_password_go_to_the_token_server_only()
    {
        using var tokens = new HostileServer((heard, a) => heard.Header("Authorization") == "Basic dTpw" ? a.SendAsync(200, """{"token":"good"}""") : a.SendAsync(401, ""));
        using var registry = Registry($"http://{tokens.Host}/token?x=y");
        var json = $$"""{"auths":{"http://{{registry.Host}}/v1/":{"auth":"dTpw"} } }""";
        using var client = new RegistryClient(Options(registry.Host, tokens.Host), Store(json));
        await client.GetManifestAsync(ImageReference.Parse($"{registry.Host}/a:c"));
        Assert.Contains("x=y&scope=", tokens.Heard.Single().Target, StringComparison.Ordinal);
        Assert.DoesNotContain(registry.Heard, h => h.Header("Authorization")?.StartsWith("Basic", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task An_identity_token_is_posted()
    {
        using var tokens = new HostileServer((heard, a) => heard.Method == "POST" && Encoding.UTF8.GetString(heard.Body).Contains("refresh_token=id%2F1", StringComparison.Ordinal)
            ? a.SendAsync(200, """{"access_token":"good"}""") : a.SendAsync(400, ""));
        using var registry = Registry($"http://{tokens.Host}/token");
        using var client = new RegistryClient(Options(registry.Host, tokens.Host), CredentialStore.Of(registry.Host, new RegistryCredential { IdentityToken = "id/1" }));
        await client.GetManifestAsync(ImageReference.Parse($"{registry.Host}/a:c"));
        Assert.Contains("grant_type=refresh_token", Encoding.UTF8.GetString(tokens.Heard.Single().Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_server_on_plain_http_needs_a_name()
    {
        using var tokens = new HostileServer((_, a) => a.SendAsync(200, """{"token":"good"}"""));
        using var registry = Registry($"http://{tokens.Host}/token");
        using var client = new RegistryClient(Options(registry.Host), CredentialStore.Of(registry.Host, new RegistryCredential { Username = "u", Password = "p" }));
        Assert.Equal(RegistryFailure.Unsafe, (await Assert.ThrowsAsync<RegistryException>(() => client.GetManifestAsync(ImageReference.Parse($"{registry.Host}/a:c")))).Failure);
        Assert.Empty(tokens.Heard);
    }

    [Theory]
    [InlineData("""{"token":"bad"}""", RegistryFailure.Unauthorized)]
    [InlineData("""{"token":""}""", RegistryFailure.Protocol)]
    [InlineData("""{"token":"a\r\nX: y"}""", RegistryFailure.Protocol)]
    [InlineData("""{}""", RegistryFailure.Protocol)]
    [InlineData("""not json""", RegistryFailure.Protocol)]
    public async Task Tokens_that_are_none_or_do_not_open_are_told(string json, RegistryFailure failure)
    {
        using var tokens = new HostileServer((_, a) => a.SendAsync(200, json));
        using var registry = Registry($"http://{tokens.Host}/token");
        using var client = new RegistryClient(Options(registry.Host, tokens.Host));
        Assert.Equal(failure, (await Assert.ThrowsAsync<RegistryException>(() => client.GetManifestAsync(ImageReference.Parse($"{registry.Host}/a:c")))).Failure);
    }

    [Theory]
    [InlineData("WWW-Authenticate: Bearer service=\"x\"", RegistryFailure.Protocol)]
    [InlineData("WWW-Authenticate: Bearer realm=\"/relative\"", RegistryFailure.Unsafe)]
    [InlineData("WWW-Authenticate: Bearer realm=\"file:///etc/passwd\"", RegistryFailure.Unsafe)]
    [InlineData("WWW-Authenticate: Negotiate", RegistryFailure.Unauthorized)]
    [InlineData("WWW-Authenticate: Basic realm=\"x\"", RegistryFailure.Unauthorized)]
    [InlineData("WWW-Authenticate: ,,,=\"", RegistryFailure.Unauthorized)]
    [InlineData("X: y", RegistryFailure.Unauthorized)]
    public async Task Challenges_that_cannot_be_answered_are_told(string header, RegistryFailure failure)
    {
        using var registry = new HostileServer((_, a) => a.SendAsync(401, "", header));
        using var client = new RegistryClient(Options(registry.Host));
        var e = await Assert.ThrowsAsync<RegistryException>(() => client.GetManifestAsync(ImageReference.Parse($"{registry.Host}/a:c")));
        Assert.True(e.Failure == failure || e.Failure == RegistryFailure.Protocol, e.Message);
    }

    [Fact]
    public async Task Wrong_basic_credentials_are_told_and_never_shown()
    {
        using var registry = new HostileServer((_, a) => a.SendAsync(401, "", "WWW-Authenticate: Basic realm=\"x\""));
        using var client = new RegistryClient(Options(registry.Host), CredentialStore.Of(registry.Host, new RegistryCredential { Username = "u", Password = "secret" }));
        var e = await Assert.ThrowsAsync<RegistryException>(() => client.GetManifestAsync(ImageReference.Parse($"{registry.Host}/a:c")));
        Assert.Equal(RegistryFailure.Unauthorized, e.Failure);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Challenges_are_parsed()
    {
        var list = AuthChallenge.Parse("""Basic realm="a \"b\"", Bearer realm="https://x/y?z=1,2" , service=s,scope="a:b:c", Negotiate""");
        Assert.Equal(["Basic", "Bearer", "Negotiate"], list.Select(c => c.Scheme));
        Assert.Equal("a \"b\"", list[0].Parameters["REALM"]);
        Assert.Equal("https://x/y?z=1,2", list[1].Parameters["realm"]);
        Assert.Equal("s", list[1].Parameters["service"]);
    }

    [Fact]
    public void Any_challenge_is_parsed_to_something() => Gen.Char["Bearer realm=\"\\, :/\t"].Array[0, 60].Sample(c => AuthChallenge.Parse(new string(c)).Count >= 0, iter: 20_000);

    [Theory]
    [InlineData("""{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"} } }""", "docker.io", "library/x", "u")]
    [InlineData("""{"auths":{"docker.io":{"username":"u","password":"p"} } }""", "docker.io", "library/x", "u")]
    [InlineData("""{"auths":{"https://r.example/v2/":{"auth":"dTpwOnE="} } }""", "r.example", "a", "u")]
    [InlineData("""{"auths":{"r.example":{"auth":"eDp5"},"r.example/org":{"auth":"dTpw"} } }""", "r.example", "org/app", "u")]
    [InlineData("""{"auths":{"r.example":{"auth":"dTpw"},"r.example/org":{"auth":"eDp5"} } }""", "r.example", "other/app", "u")]
    [InlineData("""{"auths":{"r.example":{} } }""", "r.example", "a", null)]
    [InlineData("""{"auths":{"r.example":{"auth":"dTpw"} } }""", "r.example:5000", "a", null)]
    [InlineData("""{"auths":{"r.example":{"auth":"dTpw"} } }""", "evil.r.example", "a", null)]
    [InlineData("""{"HttpHeaders":{"x":"y"},"psFormat":"z"}""", "r.example", "a", null)]
    [InlineData("", "r.example", "a", null)]
    public async Task Docker_configurations_are_understood(string json, string registry, string repository, string? user) =>
        Assert.Equal(user, (await Store(json).FindAsync(registry, repository))?.Username);

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"auths":{"r":{"auth":"!!"} } }""")]
    [InlineData("""{"auths":{"r":{"auth":"eA=="} } }""")]
    [InlineData("""{"auths":[]}""")]
    [InlineData("""{"credsStore":"../../bin/sh"}""")]
    [InlineData("""{"credHelpers":{"r":"-x"} }""")]
    public void Malformed_configurations_are_refused(string json) => Assert.Throws<OciFormatException>(() => Store(json));

    [Fact]
    public async Task Helpers_are_asked_as_docker_does()
    {
        var asked = new List<(string, string)>();
        var store = Store("""{"credsStore":"desktop","credHelpers":{"r.example":"ecr"},"auths":{"plain.example":{"auth":"dTpw"} } }""", (helper, server, _) =>
        {
            asked.Add((helper, server));
            return Task.FromResult(helper == "ecr" ? new HelperAnswer(0, """{"ServerURL":"r.example","Username":"<token>","Secret":"id"}""") : new HelperAnswer(1, "credentials not found in native keychain"));
        });
        Assert.Equal("id", (await store.FindAsync("r.example", "a"))!.IdentityToken);
        Assert.Equal("u", (await store.FindAsync("plain.example", "a"))!.Username);
        Assert.Null(await store.FindAsync("docker.io", "library/x"));
        Assert.Equal([("ecr", "r.example"), ("desktop", "plain.example"), ("desktop", "https://index.docker.io/v1/")], asked);
        await Assert.ThrowsAsync<RegistryException>(() => Store("""{"credsStore":"x"}""", (_, _, _) => Task.FromResult(new HelperAnswer(2, "boom"))).FindAsync("r"));
        await Assert.ThrowsAsync<RegistryException>(() => Store("""{"credsStore":"x"}""", (_, _, _) => Task.FromResult(new HelperAnswer(0, "boom"))).FindAsync("r"));
        await Assert.ThrowsAsync<RegistryException>(() => Store("""{"credsStore":"x"}""").FindAsync("r"));
    }
}
