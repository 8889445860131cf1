using System.Text;
using Skerry.Node.Images.Pulling;
using Skerry.Oci;

namespace Skerry.Node.Tests.Images;

/// <summary>An image made of tars, and a source that can break off, lie or ignore offsets as networks and registries do.</summary>
internal sealed class MemoryImage : IImageSource
{
    private readonly Dictionary<Digest, byte[]> _blobs = [];

    public MemoryImage(params byte[][] tars)
    {
        var layers = tars.Select(t => Add(MediaTypes.OciLayerGzip, StoreFixture.Gzip(t))).ToList();
        DiffIds = [.. tars.Select(t => Digest.OfSha256(t))];
        var config = Add(MediaTypes.OciConfig, Encoding.UTF8.GetBytes(
            $$$"""{"architecture":"{{{Platform.Current.Architecture}}}","os":"linux","config":{"Cmd":["true"]},"rootfs":{"type":"layers","diff_ids":[{{{string.Join(',', DiffIds.Select(d => $"\"{d}\""))}}}]}}"""));
        string Json(Descriptor d) => $$"""{"mediaType":"{{d.MediaType}}","digest":"{{d.Digest}}","size":{{d.Size}}}""";
        Bytes = Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Json(config)}},"layers":[{{string.Join(',', layers.Select(Json))}}]}""");
        Manifest = Add(MediaTypes.OciManifest, Bytes);
        Layers = layers;
    }

    public string Name => "test.example/image:1";

    public byte[] Bytes { get; }

    public Descriptor Manifest { get; }

    public IReadOnlyList<Descriptor> Layers { get; }

    public IReadOnlyList<Digest> DiffIds { get; }

    /// <summary>Every answer ends with an error after so many bytes.</summary>
    public int BreakAfter { get; set; } = int.MaxValue;

    public bool IgnoresOffsets { get; set; }

    public long BytesGiven { get; private set; }

    public int Opened { get; private set; }

    public IntakePlan Plan(string reference = "test.example/image:1") =>
        new(Manifest, Bytes, Platform.Current, [reference], "test.example/image");

    public Task<ReadOnlyMemory<byte>> ReadManifestAsync(Descriptor manifest, CancellationToken ct) => Task.FromResult<ReadOnlyMemory<byte>>(_blobs[manifest.Digest]);

    public Task<OpenedBlob> OpenBlobAsync(Descriptor blob, long offset, CancellationToken ct)
    {
        byte[] content = _blobs[blob.Digest];
        int from = IgnoresOffsets ? 0 : (int)offset;
        int length = Math.Min(content.Length - from, BreakAfter);
        lock (_blobs)
        {
            BytesGiven += length;
            Opened++;
        }

        return Task.FromResult(new OpenedBlob(new Breaking(content, from, length, from + length < content.Length), from, null));
    }

    public void Corrupt(Digest blob) => _blobs[blob][^1] ^= 1;

    private Descriptor Add(string type, byte[] content)
    {
        var digest = Digest.OfSha256(content);
        _blobs[digest] = content;
        return new Descriptor(type, digest, content.Length);
    }

    private sealed class Breaking(byte[] content, int from, int length, bool breaks) : MemoryStream(content, from, length)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int n = Read(buffer.Span);
            return n == 0 && breaks ? throw new IOException("the connection was cut") : new ValueTask<int>(n);
        }
    }
}
