using Skerry.Node.Tests.Images;
using Skerry.Oci.Archives;
using Skerry.Oci.Distribution;
using Skerry.Oci.Layers;

namespace Skerry.Oci.Tests.Distribution;

/// <summary>Against Debian's docker-registry, started for each test on a free loopback port.</summary>
public sealed class RealRegistryTests : IAsyncLifetime
{
    private TestRegistry? _registry;

    private string Host => _registry!.Host;

    private RegistryOptions Options => _registry!.Options;

    public async ValueTask InitializeAsync() => _registry = File.Exists(TestRegistry.Binary) ? await TestRegistry.StartAsync() : null;

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
        {
            await _registry.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_image_is_pushed_and_pulled_back()
    {
        Assert.SkipUnless(_registry is not null, $"{TestRegistry.Binary} is not installed");
        using var builder = new ImageBuilder();
        var big = new byte[3 << 20];
        new Random(1).NextBytes(big);
        builder.AddLayer(w => w.Write(new NewEntry("big", LayerEntryType.File), big)).AddLayer(w => w.Write(new NewEntry("small", LayerEntryType.File), "x"u8), LayerCompression.Zstd);
        var image = builder.Build();
        var reference = ImageReference.Parse($"{Host}/some/app:v1");
        using var client = new RegistryClient(Options);
        Assert.Equal(image.Manifest.Digest, await image.PushAsync(client, reference));
        Assert.False(await client.UploadBlobAsync(reference, image.Config.Descriptor, image.Config.Open));

        foreach (var wanted in (ImageReference[])[reference, reference.WithDigest(image.Manifest.Digest)])
        {
            var fetched = await client.GetManifestAsync(wanted);
            Assert.Equal(image.ManifestBytes.ToArray(), fetched.Bytes.ToArray());
        }

        Assert.Equal(image.Config.Descriptor.Digest, Digest.OfSha256((await client.GetBlobAsync(reference, image.Config.Descriptor)).Span));
        var layer = image.Layers[0].Descriptor;
        foreach (var offset in (long[])[0, 1, layer.Size / 2, layer.Size - 1])
        {
            using var blob = await client.OpenBlobAsync(reference, layer, offset);
            Assert.True(blob.OffsetHonoured);
            var rest = new MemoryStream();
            await blob.Content.CopyToAsync(rest);
            var whole = new MemoryStream();
            await using (var own = image.Layers[0].Open())
            {
                await own.CopyToAsync(whole);
            }

            Assert.Equal(whole.ToArray()[(int)offset..], rest.ToArray());
        }
    }

    [Fact]
    public async Task Referrers_are_found_by_the_fallback_tag()
    {
        Assert.SkipUnless(_registry is not null, $"{TestRegistry.Binary} is not installed");
        using var builder = new ImageBuilder();
        var image = builder.AddLayer(w => w.Write(new NewEntry("f", LayerEntryType.File), "x"u8)).Build();
        var reference = ImageReference.Parse($"{Host}/signed:v1");
        using var client = new RegistryClient(Options);
        await image.PushAsync(client, reference);
        Assert.Empty(await client.GetReferrersAsync(reference, image.Manifest.Digest));
        var index = Skerry.Oci.Manifests.ManifestWriter.Index([image.Manifest with { Platform = null, ArtifactType = "application/example" }]);
        await client.PutManifestAsync(reference.WithTag($"sha256-{image.Manifest.Digest.Hex}"), index, MediaTypes.OciIndex);
        Assert.Equal("application/example", Assert.Single(await client.GetReferrersAsync(reference, image.Manifest.Digest)).ArtifactType);
    }

    [Fact]
    public async Task What_is_not_there_is_told()
    {
        Assert.SkipUnless(_registry is not null, $"{TestRegistry.Binary} is not installed");
        using var client = new RegistryClient(Options);
        var e = await Assert.ThrowsAsync<RegistryException>(() => client.GetManifestAsync(ImageReference.Parse($"{Host}/none:v1")));
        Assert.Equal((RegistryFailure.NotFound, "MANIFEST_UNKNOWN"), (e.Failure, e.Code));
        Assert.False(await client.HasBlobAsync(ImageReference.Parse($"{Host}/none:v1"), Digest.OfSha256([1])));
    }

    [Fact]
    public async Task A_blob_with_another_digest_is_not_taken()
    {
        Assert.SkipUnless(_registry is not null, $"{TestRegistry.Binary} is not installed");
        using var client = new RegistryClient(Options);
        var e = await Assert.ThrowsAsync<RegistryException>(() => client.UploadBlobAsync(ImageReference.Parse($"{Host}/a:v1"),
            new Descriptor(MediaTypes.OciLayer, Digest.OfSha256([1]), 3), () => new MemoryStream([1, 2, 3])));
        Assert.Equal("DIGEST_INVALID", e.Code);
    }
}
