using System.Buffers.Binary;
using System.IO.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Skerry.Oci.Layers;

/// <summary>Opens a layer blob as its tar: gzip, zstd or plain, bounded while it is read.</summary>
public static class LayerDecompressor
{
    private const int WindowLogMax = 27; // 128 MiB, zstd's own default bound (ZSTD_WINDOWLOG_LIMIT_DEFAULT)

#pragma warning disable CA2255 // a switch of the platform that counts before its first use can be set nowhere else
    /// <summary>Makes the platform's gzip refuse data that is cut off; by default it ends silently there.</summary>
    [System.Runtime.CompilerServices.ModuleInitializer]
    internal static void RefuseCutGzip() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
#pragma warning restore CA2255

    /// <summary>Opens <paramref name="blob"/> for reading the tar in it.</summary>
    /// <param name="blob">The blob from its first byte; disposed with the result unless <paramref name="leaveOpen"/>.</param>
    /// <param name="mediaType">The layer's media type, or null. What the first bytes say decides (as in containerd); this only tells what is no layer.</param>
    /// <param name="limits">Bounds; <see cref="LayerLimits.Default"/> when null.</param>
    /// <param name="leaveOpen">Whether the blob outlives the result.</param>
    /// <exception cref="OciFormatException">The media type is no layer's. Reading throws it too: corrupt or cut-off data, a bomb.</exception>
    public static Stream Open(Stream blob, string? mediaType, LayerLimits? limits = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (mediaType is not null && !MediaTypes.IsLayer(mediaType))
        {
            throw new OciFormatException("layer", null, $"the media type {PathBytes.Printable(mediaType)} is no layer's; tar, tar+gzip and tar+zstd are");
        }

        var head = new byte[4];
        var length = blob.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var source = new CompressedSource(blob, head.AsMemory(0, length), leaveOpen);
        var compression = Sniff(head.AsSpan(0, length));
        Stream decoder = compression switch
        {
            LayerCompression.Gzip => new GZipStream(source, CompressionMode.Decompress),
            LayerCompression.Zstd => Zstd(source),
            _ => source,
        };
        return new BoundedLayer(decoder, source, compression, limits ?? LayerLimits.Default);
    }

    /// <summary>What the first bytes of a blob (four are enough) say about its compression.</summary>
    public static LayerCompression Sniff(ReadOnlySpan<byte> head)
    {
        if (head.Length >= 2 && head[0] == 0x1f && head[1] == 0x8b)
        {
            return LayerCompression.Gzip; // RFC 1952 2.3.1
        }

        // RFC 8878 3.1.1 and 3.1.2: a frame or a skippable frame
        var magic = head.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(head) : 0;
        return magic == 0xFD2FB528 || (magic & 0xFFFFFFF0) == 0x184D2A50 ? LayerCompression.Zstd : LayerCompression.None;
    }

    private static DecompressionStream Zstd(Stream source)
    {
        var stream = new DecompressionStream(source, leaveOpen: false);
        stream.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, WindowLogMax);
        return stream;
    }
}
