using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Skerry.Oci.Archives;
using Skerry.Oci.Layers;

namespace Skerry.Oci.Fuzz;

/// <summary>Good inputs that mutation begins from.</summary>
internal static class Seeds
{
    public static List<byte[]> Tars()
    {
        var seeds = new List<byte[]> { Own(), Sparse() };
        foreach (var format in (TarEntryFormat[])[TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Pax, TarEntryFormat.Gnu])
        {
            var bytes = new MemoryStream();
            using (var writer = new TarWriter(bytes, format, leaveOpen: true))
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, "v7"),
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, new string('u', 90) + "/" + new string('v', 90)),
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, new string('p', 300), new Dictionary<string, string> { ["SCHILY.xattr.user.x"] = "y" }),
                    _ => new GnuTarEntry(TarEntryType.RegularFile, new string('g', 300)),
                };
                entry.DataStream = new MemoryStream("some data"u8.ToArray());
                writer.WriteEntry(entry);
            }

            seeds.Add(bytes.ToArray());
        }

        return seeds;
    }

    public static IEnumerable<byte[]> Packed(byte[] tar)
    {
        var gzip = new MemoryStream();
        using (var pack = new GZipStream(gzip, CompressionLevel.Fastest, leaveOpen: true))
        {
            pack.Write(tar);
        }

        using var zstd = new ZstdSharp.Compressor();
        return [gzip.ToArray(), zstd.Wrap(tar).ToArray()];
    }

    public static List<byte[]> Manifests(string hex)
    {
        string Blob(string type) => $$"""{"mediaType":"{{type}}","digest":"sha256:{{hex}}","size":7,"annotations":{"a":"b"},"platform":{"os":"linux","architecture":"arm","variant":"v7"} }""";
        return
        [
            Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Blob(MediaTypes.OciConfig)}},"layers":[{{Blob(MediaTypes.OciLayerGzip)}}],"annotations":{"x":"y"} }"""),
            Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.DockerManifestList}}","manifests":[{{Blob(MediaTypes.DockerManifest)}}]}"""),
            """{"schemaVersion":1,"fsLayers":[]}"""u8.ToArray(),
        ];
    }

    public static List<byte[]> Configs(string hex) =>
    [
        Encoding.UTF8.GetBytes($$"""{"architecture":"amd64","os":"linux","config":{"User":"1","Env":["A=b"],"Cmd":["x"],"ExposedPorts":{"1/tcp":{} },"Labels":{"a":"b"} },"rootfs":{"type":"layers","diff_ids":["sha256:{{hex}}"]},"history":[{"created":"2024-01-01T00:00:00Z"}]}"""),
    ];

    public static List<string> References(string hex) =>
        ["busybox", "docker.io/library/a:b", $"[::1]:5000/a/b__c@sha256:{hex}", $"localhost:5000/x-y:v1@sha512:{hex}{hex}", "Host.example/a.b/c"];

    public static List<byte[]> Archives()
    {
        using var builder = new ImageBuilder();
        var image = builder.AddLayer(w => w.Write(new NewEntry("f", LayerEntryType.File), "x"u8)).Build();
        return [.. ((ArchiveFormat[])[ArchiveFormat.OciArchive, ArchiveFormat.DockerArchive]).Select(format =>
        {
            var bytes = new MemoryStream();
            ImageArchiveWriter.Write(bytes, format, [new ArchiveImage(image.Manifest, [ImageReference.Parse("a/b:c")])], image.Open);
            return bytes.ToArray();
        }), Docker()];
    }

    private static byte[] Own()
    {
        var bytes = new MemoryStream();
        using (var writer = new LayerWriter(bytes, leaveOpen: true))
        {
            writer.Write(new NewEntry("d", LayerEntryType.Directory));
            writer.Write(new NewEntry("d/" + new string('n', 200), LayerEntryType.File) { MTime = new FileTime(-1, 5), Xattrs = [new ExtendedAttribute("security.capability", new byte[20])] }, "data"u8);
            writer.Write(new NewEntry("d/l", LayerEntryType.HardLink) { LinkTarget = "d/x" });
            writer.Write(new NewEntry("s", LayerEntryType.Symlink) { LinkTarget = "../../etc" });
            writer.Write(new NewEntry("c", LayerEntryType.CharDevice) { DeviceMajor = 1, DeviceMinor = 3 });
            writer.Write(new NewEntry("d/.wh.gone", LayerEntryType.File));
            writer.Write(new NewEntry("d/.wh..wh..opq", LayerEntryType.File));
        }

        return bytes.ToArray();
    }

    private static byte[] Sparse()
    {
        static string Record(string key, string value)
        {
            var length = key.Length + value.Length + 3;
            length += length + 2 > 99 ? 3 : 2;
            return $"{length} {key}={value}\n";
        }

        var bytes = new MemoryStream();
        using (var writer = new LayerWriter(bytes, leaveOpen: true))
        {
            writer.Write(new NewEntry("x", LayerEntryType.File), Encoding.ASCII.GetBytes(
                Record("GNU.sparse.major", "1") + Record("GNU.sparse.minor", "0") + Record("GNU.sparse.name", "file") + Record("GNU.sparse.realsize", "10")));
            var map = new byte[516];
            Encoding.ASCII.GetBytes("2\n2\n2\n7\n2\n").CopyTo(map, 0);
            writer.Write(new NewEntry("y", LayerEntryType.File), map);
        }

        var tar = bytes.ToArray();
        tar[156] = (byte)'x';
        MutationRun.MendChecksums(tar);
        return tar;
    }

    private static byte[] Docker()
    {
        var layer = Own();
        var config = $$"""{"architecture":"amd64","rootfs":{"type":"layers","diff_ids":["{{Digest.OfSha256(layer)}}"]} }""";
        var bytes = new MemoryStream();
        using (var writer = new LayerWriter(bytes, leaveOpen: true))
        {
            writer.Write(new NewEntry("a/layer.tar", LayerEntryType.File), layer);
            writer.Write(new NewEntry("b/layer.tar", LayerEntryType.Symlink) { LinkTarget = "../a/layer.tar" });
            writer.Write(new NewEntry("c.json", LayerEntryType.File), Encoding.UTF8.GetBytes(config));
            writer.Write(new NewEntry("manifest.json", LayerEntryType.File), """[{"Config":"c.json","RepoTags":["a:b"],"Layers":["b/layer.tar"]}]"""u8);
        }

        return bytes.ToArray();
    }
}
