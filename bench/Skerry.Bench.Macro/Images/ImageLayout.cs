using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Skerry.Bench.Macro.Images;

/// <summary>An OCI image layout on disk (image-spec 1.0, image-layout.md), written layer by layer, the same bytes each time.</summary>
internal sealed class ImageLayout
{
    private readonly string directory;
    private readonly JsonArray layers = [];
    private readonly JsonArray diffIds = [];

    public ImageLayout(string directory)
    {
        this.directory = directory;
        _ = Directory.CreateDirectory(Path.Combine(directory, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    /// <summary>Bytes of all layers as they travel.</summary>
    public long CompressedBytes { get; private set; }

    /// <summary>Bytes of all files' contents.</summary>
    public long UnpackedBytes { get; private set; }

    public int Entries { get; private set; }

    public int Layers => layers.Count;

    /// <summary>Adds a layer: a gzip of a tar that <paramref name="write"/> fills.</summary>
    public void AddLayer(Action<Action<TarEntry>> write)
    {
        string partial = Path.Combine(directory, "layer.partial");
        using IncrementalHash plain = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (FileStream file = File.Create(partial))
        using (GZipStream gzip = new(file, CompressionLevel.Optimal))
        using (HashingStream hashing = new(gzip, plain))
        using (TarWriter tar = new(hashing, TarEntryFormat.Pax, leaveOpen: true))
        {
            write(entry =>
            {
                Entries++;
                UnpackedBytes += entry.Length;
                tar.WriteEntry(entry);
            });
        }

        diffIds.Add($"sha256:{Convert.ToHexStringLower(plain.GetHashAndReset())}");
        (string digest, long size) = Adopt(partial);
        CompressedBytes += size;
        layers.Add(new JsonObject
        {
            ["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip", ["digest"] = digest, ["size"] = size,
        });
    }

    /// <summary>Writes configuration, manifest and index; the layout is whole after it.</summary>
    public void Finish(string tag, params ReadOnlySpan<string> command)
    {
        JsonArray words = [];
        foreach (string word in command)
        {
            words.Add(word);
        }

        (string configDigest, long configSize) = AddJson(new JsonObject
        {
            ["created"] = "1970-01-01T00:00:00Z",
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ["Cmd"] = words },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = diffIds },
        });
        (string manifestDigest, long manifestSize) = AddJson(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
            ["config"] = new JsonObject { ["mediaType"] = "application/vnd.oci.image.config.v1+json", ["digest"] = configDigest, ["size"] = configSize },
            ["layers"] = layers,
        });
        JsonObject index = new()
        {
            ["schemaVersion"] = 2,
            ["manifests"] = new JsonArray(new JsonObject
            {
                ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
                ["digest"] = manifestDigest,
                ["size"] = manifestSize,
                ["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag },
            }),
        };
        File.WriteAllText(Path.Combine(directory, "index.json"), index.ToJsonString());
    }

    private (string Digest, long Size) AddJson(JsonObject content)
    {
        string partial = Path.Combine(directory, "json.partial");
        File.WriteAllText(partial, content.ToJsonString(), new UTF8Encoding(false));
        return Adopt(partial);
    }

    private (string Digest, long Size) Adopt(string partial)
    {
        string hash;
        long size;
        using (FileStream file = File.OpenRead(partial))
        {
            hash = Convert.ToHexStringLower(SHA256.HashData(file));
            size = file.Length;
        }

        File.Move(partial, Path.Combine(directory, "blobs", "sha256", hash), overwrite: true);
        return ($"sha256:{hash}", size);
    }

    /// <summary>Passes bytes on and hashes them.</summary>
    private sealed class HashingStream(Stream inner, IncrementalHash hash) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            hash.AppendData(buffer);
            inner.Write(buffer);
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
