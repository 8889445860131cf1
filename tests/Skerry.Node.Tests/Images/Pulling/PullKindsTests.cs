using System.Text;
using Skerry.Node.Images.Pulling;
using Skerry.Oci;
using Skerry.Oci.Archives;
using Skerry.Oci.Distribution;
using Skerry.Oci.Layers;

namespace Skerry.Node.Tests.Images.Pulling;

/// <summary>Every kind of image that there is, every kind of way to it, against Debian's registry.</summary>
[Trait("Promise", "P-41")]
public sealed class PullKindsTests
{
    public PullKindsTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: layers keep owners, whiteouts and trusted attributes");

    [Fact]
    public async Task Images_of_oci_and_docker_with_plain_gzip_and_zstd_layers_for_one_and_several_platforms_are_pulled()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new RegistryClient(registry.Options);
        int number = 0;
        foreach (bool docker in (bool[])[false, true])
        {
            foreach (var compression in (LayerCompression[])[LayerCompression.None, LayerCompression.Gzip, LayerCompression.Zstd])
            {
                var here = await PushAsync(client, registry.Host, ++number, Platform.Current, docker, compression);
                var elsewhere = await PushAsync(client, registry.Host, ++number, Platform.Parse("linux/s390x"), docker, compression);
                var list = ImageReference.Parse($"{registry.Host}/kinds:list{number}");
                string Entry(Descriptor d, Platform p) => $$"""{"mediaType":"{{d.MediaType}}","digest":"{{d.Digest}}","size":{{d.Size}},"platform":{"os":"{{p.Os}}","architecture":"{{p.Architecture}}"} }""";
                var type = docker ? MediaTypes.DockerManifestList : MediaTypes.OciIndex;
                var index = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{type}}","manifests":[{{Entry(elsewhere, Platform.Parse("linux/s390x"))}},{{Entry(here, Platform.Current)}}]}""");
                await client.PutManifestAsync(list, index, type);
                foreach (var reference in (ImageReference[])[ImageReference.Parse($"{registry.Host}/kinds:{number - 1}"), list, ImageReference.Parse($"{registry.Host}/kinds@{here.Digest}")])
                {
                    using var fixture = new StoreFixture();
                    var image = await new ImagePuller(fixture.Store, registry.Options).PullAsync(reference);
                    Assert.Equal(here.Digest, image.ManifestDigest);
                    Assert.Equal($"content {number - 1}", File.ReadAllText(Path.Combine(image.LayerDirectories[0], "file")));
                    await ImageIntakeTests.AssertWhole(fixture);
                }

                using var other = new StoreFixture();
                var foreign = await new ImagePuller(other.Store, registry.Options).PullAsync(list, Platform.Parse("linux/s390x"));
                Assert.Equal(elsewhere.Digest, foreign.ManifestDigest);
            }
        }
    }

    [Fact]
    public async Task A_mirror_is_asked_first_and_the_registry_itself_when_the_mirror_has_it_not()
    {
        await using var mirror = await TestRegistry.StartAsync();
        await using var origin = await TestRegistry.StartAsync();
        var options = new RegistryOptions
        {
            PlainHttp = new HashSet<string> { mirror.Host, origin.Host },
            UseProxy = false,
            Mirrors = new Dictionary<string, IReadOnlyList<string>> { [origin.Host] = [mirror.Host], ["gone.example"] = [mirror.Host] },
        };
        using var client = new RegistryClient(mirror.Options);
        using var originClient = new RegistryClient(origin.Options);
        await PushAsync(client, mirror.Host, 1, Platform.Current, docker: false, LayerCompression.Gzip);
        await PushAsync(originClient, origin.Host, 2, Platform.Current, docker: false, LayerCompression.Gzip);
        using var fixture = new StoreFixture();
        var puller = new ImagePuller(fixture.Store, options);

        // Only the mirror has it; and only the origin; and the name is the origin's each time.
        Assert.Equal(["gone.example/kinds:1"], (await puller.PullAsync(ImageReference.Parse("gone.example/kinds:1"))).References);
        Assert.Contains($"{origin.Host}/kinds:1", (await puller.PullAsync(ImageReference.Parse($"{origin.Host}/kinds:1"))).References);
        Assert.Equal([$"{origin.Host}/kinds:2"], (await puller.PullAsync(ImageReference.Parse($"{origin.Host}/kinds:2"))).References);
        await ImageIntakeTests.AssertWhole(fixture);
    }

    [Fact]
    public async Task A_pull_gets_its_token_with_what_a_credential_helper_says()
    {
        await using var tokens = TokenServer.Start("keeper", "of secrets");
        await using var registry = await TestRegistry.StartAsync(tokens.Configuration);
        using var helpers = new HelperDirectory("""read -r server; echo "{\"ServerURL\":\"$server\",\"Username\":\"keeper\",\"Secret\":\"of secrets\"}" """);
        var store = new CredentialStore(
            Encoding.UTF8.GetBytes($$"""{"credHelpers":{"{{registry.Host}}":"skerry-test"} }"""),
            (helper, server, _) => Task.FromResult(DockerCredential.Run(helper, server, [helpers.Path], TimeSpan.FromSeconds(20))));
        var options = registry.Options with { PlainHttp = new HashSet<string> { registry.Host, tokens.Host } };
        using (var client = new RegistryClient(options, store))
        {
            await PushAsync(client, registry.Host, 1, Platform.Current, docker: false, LayerCompression.Gzip);
        }

        using var fixture = new StoreFixture();
        var reference = ImageReference.Parse($"{registry.Host}/kinds:1");
        await new ImagePuller(fixture.Store, options, store).PullAsync(reference);
        await ImageIntakeTests.AssertWhole(fixture);
        Assert.True(tokens.Given > 0);

        // Without them, and with others, nothing is to be had.
        foreach (var wrong in (CredentialStore[])[CredentialStore.Empty, CredentialStore.Of(registry.Host, new RegistryCredential { Username = "keeper", Password = "guess" })])
        {
            using var empty = new StoreFixture();
            var e = await Assert.ThrowsAsync<RegistryException>(() => new ImagePuller(empty.Store, options, wrong).PullAsync(reference));
            Assert.Equal(RegistryFailure.Unauthorized, e.Failure);
        }
    }

    [Fact]
    public async Task A_user_and_password_of_the_docker_configuration_open_a_registry_that_asks_for_basic_authentication()
    {
        // bcrypt of "of secrets", as htpasswd -B writes it.
        using var users = new HelperDirectory("true");
        var file = Path.Combine(users.Path, "users");
        await File.WriteAllTextAsync(file, "keeper:$2b$05$e63dXhzShIeMoRHXgkHTmebLSIJgpPczxQnmTbftfyi2XcBmRXqfC\n");
        await using var registry = await TestRegistry.StartAsync($"auth: {{ htpasswd: {{ realm: skerry-test, path: \"{file}\" }} }}");
        var login = Convert.ToBase64String("keeper:of secrets"u8);
        var store = new CredentialStore(Encoding.UTF8.GetBytes($$"""{"auths":{"{{registry.Host}}":{"auth":"{{login}}"} } }"""), null);
        using (var client = new RegistryClient(registry.Options, store))
        {
            await PushAsync(client, registry.Host, 1, Platform.Current, docker: false, LayerCompression.Gzip);
        }

        using var fixture = new StoreFixture();
        var reference = ImageReference.Parse($"{registry.Host}/kinds:1");
        await new ImagePuller(fixture.Store, registry.Options, store).PullAsync(reference);
        await ImageIntakeTests.AssertWhole(fixture);
        using var empty = new StoreFixture();
        var e = await Assert.ThrowsAsync<RegistryException>(() => new ImagePuller(empty.Store, registry.Options).PullAsync(reference));
        Assert.Equal(RegistryFailure.Unauthorized, e.Failure);
    }

    [Fact]
    public void A_credential_helper_that_hangs_fails_or_is_not_there_is_told()
    {
        using var helpers = new HelperDirectory("cat >/dev/null; exec sleep 1000");
        Assert.Equal(124, DockerCredential.Run("skerry-test", "r.example", [helpers.Path], TimeSpan.FromMilliseconds(300)).ExitCode);
        using var refuses = new HelperDirectory("echo no such credentials; exit 1");
        Assert.Equal(1, DockerCredential.Run("skerry-test", "r.example", [refuses.Path], TimeSpan.FromSeconds(20)).ExitCode);
        Assert.Equal(127, DockerCredential.Run("nobody", "r.example", [refuses.Path], TimeSpan.FromSeconds(20)).ExitCode);
    }

    private static async Task<Descriptor> PushAsync(RegistryClient client, string host, int number, Platform platform, bool docker, LayerCompression compression)
    {
        using var builder = new ImageBuilder { Platform = platform };
        builder.AddLayer(layer => layer.Write(new NewEntry("file", LayerEntryType.File), Encoding.ASCII.GetBytes($"content {number}")), compression);
        var image = builder.Build();
        var reference = ImageReference.Parse($"{host}/kinds:{number}");
        await image.PushAsync(client, reference);
        if (!docker)
        {
            return image.Manifest;
        }

        var text = Encoding.UTF8.GetString(image.ManifestBytes.Span).Replace("\\u002B", "+", StringComparison.Ordinal)
            .Replace(MediaTypes.OciManifest, MediaTypes.DockerManifest, StringComparison.Ordinal)
            .Replace(MediaTypes.OciConfig, MediaTypes.DockerConfig, StringComparison.Ordinal)
            .Replace(MediaTypes.OciLayerGzip, MediaTypes.DockerLayerGzip, StringComparison.Ordinal)
            .Replace(MediaTypes.OciLayerZstd, MediaTypes.DockerLayerZstd, StringComparison.Ordinal)
            .Replace(MediaTypes.OciLayer + "\"", MediaTypes.DockerLayer + "\"", StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(text);
        return new Descriptor(MediaTypes.DockerManifest, await client.PutManifestAsync(reference, bytes, MediaTypes.DockerManifest), bytes.Length);
    }

    /// <summary>A directory with docker-credential-skerry-test in it.</summary>
    private sealed class HelperDirectory : IDisposable
    {
        public HelperDirectory(string script) => TestProgram.Write(System.IO.Path.Combine(Path, "docker-credential-skerry-test"), script);

        public string Path { get; } = Directory.CreateTempSubdirectory("images-helper-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
