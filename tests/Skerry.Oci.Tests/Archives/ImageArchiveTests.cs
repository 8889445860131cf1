using System.Diagnostics;
using System.Text;
using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;
using Skerry.Oci.Tests.Layers;

namespace Skerry.Oci.Tests.Archives;

public sealed class ImageArchiveTests
{
    private static readonly ImageReference Name = ImageReference.Parse("example.org/app:v1");

    private static BuiltImage Image(LayerCompression second = LayerCompression.Zstd)
    {
        var builder = new ImageBuilder { Process = new ImageProcess { Entrypoint = ["/app"], Env = ["A=b"], Labels = new Dictionary<string, string> { ["x"] = "y" } } };
        return builder.AddLayer(w => w.Write(new NewEntry("app", LayerEntryType.File) { Mode = 0x1ed }, "one"u8))
            .AddLayer(w => w.Write(new NewEntry("lib", LayerEntryType.File), new byte[5000]), second)
            .AddLayer(w => w.Write(new NewEntry(".wh.lib", LayerEntryType.File)), LayerCompression.None).Build();
    }

    private static (IReadOnlyList<ArchivedImage> Images, Dictionary<Digest, byte[]> Store) Read(Stream archive)
    {
        using var reader = new ImageArchiveReader(archive);
        var store = new Dictionary<Digest, byte[]>();
        while (reader.ReadBlob() is { } blob)
        {
            var bytes = new MemoryStream();
            blob.Content.CopyTo(bytes);
            store[blob.Complete()] = bytes.ToArray();
        }

        return (reader.Resolve(d => store[d]), store);
    }

    private static OciFormatException Refused(TarBytes tar) => Assert.Throws<OciFormatException>(() => Read(new MemoryStream(tar.End().ToArray())));

    [Theory]
    [InlineData(ArchiveFormat.OciArchive)]
    [InlineData(ArchiveFormat.DockerArchive)]
    public void An_exported_image_is_imported_again(ArchiveFormat format)
    {
        var image = Image();
        var bytes = new MemoryStream();
        ImageArchiveWriter.Write(bytes, format, [new ArchiveImage(image.Manifest, [Name])], image.Open);
        bytes.Position = 0;
        var (images, store) = Read(bytes);
        var read = Assert.Single(images);
        Assert.Equal([Name], read.References);
        Assert.Equal(image.Manifest.Digest, read.Manifest.Digest);
        Assert.All(image.Layers.Append(image.Config), b => Assert.Equal(b.Descriptor.Size, store[b.Descriptor.Digest].Length));
        var config = ImageConfig.Parse(store[image.Config.Descriptor.Digest]);
        Assert.Equal(image.DiffIds, config.DiffIds);
        Assert.Equal("y", config.Config.Labels["x"]);
        foreach (var (layer, id) in image.Layers.Zip(image.DiffIds))
        {
            using var tar = LayerDecompressor.Open(layer.Open(), layer.Descriptor.MediaType);
            var plain = new MemoryStream();
            tar.CopyTo(plain);
            Assert.Equal(id, Digest.OfSha256(plain.ToArray()));
        }
    }

    [Theory]
    [InlineData(ArchiveFormat.OciArchive, "oci-archive", "docker-archive")]
    [InlineData(ArchiveFormat.OciArchive, "oci-archive", "oci-archive")]
    [InlineData(ArchiveFormat.DockerArchive, "docker-archive", "oci-archive")]
    public void Skopeo_reads_what_is_exported_and_what_skopeo_writes_is_imported(ArchiveFormat format, string from, string to)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/skopeo"), "skopeo is not installed");
        var directory = Directory.CreateTempSubdirectory("skerry-oci-skopeo-");
        try
        {
            var image = Image(to == "docker-archive" ? LayerCompression.Gzip : LayerCompression.Zstd); // skopeo puts no zstd into docker's format
            using (var file = File.Create(Path.Combine(directory.FullName, "a.tar")))
            {
                ImageArchiveWriter.Write(file, format, [new ArchiveImage(image.Manifest, [Name])], image.Open);
            }

            using var skopeo = Process.Start(new ProcessStartInfo("/usr/bin/skopeo",
                ["copy", "--insecure-policy", "--tmpdir", directory.FullName, $"{from}:{directory.FullName}/a.tar", $"{to}:{directory.FullName}/b.tar:{Name}"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var errors = skopeo.StandardError.ReadToEnd();
            skopeo.WaitForExit();
            Assert.True(skopeo.ExitCode == 0, errors);

            using var back = File.OpenRead(Path.Combine(directory.FullName, "b.tar"));
            var (images, store) = Read(back);
            var read = Assert.Single(images);
            var manifest = Assert.IsType<ImageManifest>(ManifestParser.Parse(read.NewManifest ?? store[read.Manifest.Digest], null));
            Assert.Equal(image.DiffIds, ImageConfig.Parse(store[manifest.Config.Digest]).DiffIds);
            Assert.Equal([Name], read.References);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_same_image_gives_the_same_archive()
    {
        static byte[] Make()
        {
            var image = Image();
            var bytes = new MemoryStream();
            ImageArchiveWriter.Write(bytes, ArchiveFormat.DockerArchive, [new ArchiveImage(image.Manifest, [Name])], image.Open);
            return bytes.ToArray();
        }

        Assert.Equal(Make(), Make());
    }

    [Fact]
    public void An_old_docker_archive_with_shared_layers_by_links_is_read()
    {
        var layer = new TarBytes().Entry("f", "x").End().ToArray();
        var id = Digest.OfSha256(layer);
        var config = $$"""{"architecture":"amd64","os":"linux","config":{"Cmd":["/f"]},"rootfs":{"type":"layers","diff_ids":["{{id}}","{{id}}"]} }""";
        var tar = new TarBytes().Entry("aa/", "", '5').Entry("aa/VERSION", "1.0").Entry("aa/json", "{}").Entry("aa/layer.tar", layer, '0')
            .Entry("bb/layer.tar", "", '2', "../aa/layer.tar").Entry("cfg.json", config).Entry("repositories", "{}")
            .Entry("manifest.json", """[{"Config":"cfg.json","RepoTags":["app:1","app:2"],"Layers":["aa/layer.tar","bb/layer.tar"]}]""").End();
        var (images, store) = Read(new MemoryStream(tar.ToArray()));
        var image = Assert.Single(images);
        Assert.Equal(["docker.io/library/app:1", "docker.io/library/app:2"], image.References.Select(r => r.ToString()));
        var manifest = Assert.IsType<ImageManifest>(ManifestParser.Parse(image.NewManifest!.Value, image.Manifest.MediaType));
        Assert.Equal([id, id], manifest.Layers.Select(l => l.Digest));
        Assert.Equal(MediaTypes.OciLayer, manifest.Layers[0].MediaType);
        Assert.True(store.ContainsKey(manifest.Config.Digest));
        Assert.Equal(image.Manifest.Digest, Digest.OfSha256(image.NewManifest.Value.Span));
    }

    [Fact]
    public void Hostile_archives_are_refused_with_the_reason()
    {
        var zeros = new string('0', 64);
        var config = "{\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";
        void Check(string reason, TarBytes tar) => Assert.Contains(reason, Refused(tar).Message, StringComparison.Ordinal);

        Check("neither an OCI layout", new TarBytes().Entry("x", "y"));
        Check("not the one it is named by", new TarBytes().Entry($"blobs/sha256/{zeros}", "y"));
        Check("not named by a digest", new TarBytes().Entry("blobs/sha256/passwd", "y"));
        Check("'..'", new TarBytes().Entry("blobs/sha256/../../../etc/passwd", "y"));
        Check("leaves the archive", new TarBytes().Entry("a", "", '2', "../../etc/passwd"));
        Check("leaves the archive", new TarBytes().Entry("a", "", '2', "/etc/passwd"));
        Check("leaves the archive", new TarBytes().Entry("a", "", '1', "../x"));
        Check("only files", new TarBytes().Entry("a", "", '6'));
        Check("twice", new TarBytes().Entry("index.json", "{}").Entry("./index.json", "{}"));
        Check("at most", new TarBytes().Entry("index.json", new string(' ', 5 << 20)));
        Check("imageLayoutVersion", new TarBytes().Entry("oci-layout", "{}").Entry("index.json", "{}"));
        Check("holds no image", new TarBytes().Entry("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}").Entry("index.json", "{\"schemaVersion\":2,\"manifests\":[]}"));
        Check("does not hold", new TarBytes().Entry("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}")
            .Entry("index.json", $$"""{"schemaVersion":2,"manifests":[{"mediaType":"{{MediaTypes.OciManifest}}","digest":"sha256:{{zeros}}","size":1}]}"""));
        Check("holds no image", new TarBytes().Entry("manifest.json", "[]"));
        Check("not a JSON array", new TarBytes().Entry("manifest.json", "{}"));
        Check("Config is missing", new TarBytes().Entry("manifest.json", "[{}]"));
        Check("does not hold", new TarBytes().Entry("manifest.json", """[{"Config":"../../etc/passwd"}]"""));
        Check("1 layers but its configuration 0", new TarBytes().Entry("c", config).Entry("manifest.json", """[{"Config":"c","Layers":["c"]}]"""));
        Check("no image reference", new TarBytes().Entry("c", config).Entry("manifest.json", """[{"Config":"c","Layers":[],"RepoTags":["../x"]}]"""));
        Check("does not hold", new TarBytes().Entry("a", "", '2', "b").Entry("b", "", '2', "a").Entry("manifest.json", """[{"Config":"a"}]"""));
    }

    [Fact]
    public void A_corrupt_stored_blob_is_not_exported()
    {
        var image = Image();
        var e = Assert.Throws<OciFormatException>(() => ImageArchiveWriter.Write(Stream.Null, ArchiveFormat.OciArchive, [new ArchiveImage(image.Manifest, [])],
            d => d.Digest == image.Layers[0].Descriptor.Digest ? new MemoryStream(new byte[d.Size]) : image.Open(d)));
        Assert.Contains("scrub", e.Reason, StringComparison.Ordinal);
        Assert.Throws<OciFormatException>(() => ImageArchiveWriter.Write(Stream.Null, ArchiveFormat.OciArchive, [new ArchiveImage(image.Manifest, [])],
            d => d.Digest == image.Layers[0].Descriptor.Digest ? null : image.Open(d)));
    }

    [Fact]
    public void A_directory_and_a_tar_become_layers()
    {
        var directory = Directory.CreateTempSubdirectory("skerry-oci-builder-");
        try
        {
            directory.CreateSubdirectory("tree/sub");
            File.WriteAllText(Path.Combine(directory.FullName, "tree/sub/f"), "text");
            File.CreateSymbolicLink(Path.Combine(directory.FullName, "tree/l"), "sub/f");
            using var builder = new ImageBuilder(directory.FullName);
            builder.AddDirectoryLayer(Path.Combine(directory.FullName, "tree"), "opt/x");
            builder.AddTarLayer(new MemoryStream(new TarBytes().Entry("./", "", '5').Entry("./keep", "1").Entry("./drop", "2").End().ToArray()), e => e.SafePath.Value != "drop");
            var image = builder.Build();
            List<string> Paths(int i) => [.. Tests.Layers.Read.All(LayerDecompressor.Open(image.Layers[i].Open(), null)).Select(e => e.Entry.SafePath.Value)];
            Assert.Equal(["opt", "opt/x", "opt/x/l", "opt/x/sub", "opt/x/sub/f"], Paths(0));
            Assert.Equal(["keep"], Paths(1));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Any_cut_of_an_archive_is_refused_or_incomplete()
    {
        var image = Image();
        var stream = new MemoryStream();
        ImageArchiveWriter.Write(stream, ArchiveFormat.DockerArchive, [new ArchiveImage(image.Manifest, [Name])], image.Open);
        var bytes = stream.ToArray();
        for (var length = 0; length < bytes.Length - 1024; length += 509)
        {
            Assert.Throws<OciFormatException>(() => Read(new MemoryStream(bytes, 0, length)));
        }

        Assert.NotEmpty(Encoding.UTF8.GetString(bytes));
    }
}
