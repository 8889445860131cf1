using System.IO.Compression;
using CsCheck;
using Skerry.Oci.Layers;
using ZstdSharp;

namespace Skerry.Oci.Tests.Layers;

public sealed class LayerDecompressorTests
{
    private static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static byte[] Zstd(byte[] bytes)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(bytes).ToArray();
    }

    private static byte[] Open(byte[] blob, string? mediaType = null, LayerLimits? limits = null)
    {
        using var stream = LayerDecompressor.Open(new MemoryStream(blob), mediaType, limits);
        var result = new MemoryStream();
        stream.CopyTo(result);
        return result.ToArray();
    }

    [Fact]
    public void Each_compression_gives_the_bytes_back() => Gen.Byte.Array[0, 5000].Sample(bytes =>
    {
        bytes = [0x55, .. bytes];
        Assert.Equal(bytes, Open(bytes, MediaTypes.OciLayer));
        Assert.Equal(bytes, Open(Gzip(bytes), MediaTypes.OciLayerGzip));
        Assert.Equal(bytes, Open(Zstd(bytes), MediaTypes.OciLayerZstd));
    }, iter: 200);

    [Fact]
    public void The_first_bytes_decide_not_the_media_type() => Assert.Equal([1, 2, 3], Open(Gzip([1, 2, 3]), MediaTypes.OciLayer));

    [Fact]
    public void Several_members_and_frames_are_one_stream()
    {
        Assert.Equal([1, 2, 3, 4], Open([.. Gzip([1, 2]), .. Gzip([]), .. Gzip([3, 4])]));
        byte[] skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        Assert.Equal([1, 2, 3, 4], Open([.. skippable, .. Zstd([1, 2]), .. skippable, .. Zstd([3, 4]), .. skippable]));
    }

    [Fact]
    public async Task Reading_asynchronously_gives_the_same()
    {
        await using var stream = LayerDecompressor.Open(new MemoryStream(Gzip([1, 2, 3])), null);
        var result = new MemoryStream();
        await stream.CopyToAsync(result, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], result.ToArray());
    }

    [Fact]
    public void What_is_no_layer_is_refused() => Assert.Throws<OciFormatException>(() => Open([], MediaTypes.OciConfig));

    [Fact]
    public void A_blob_cut_at_any_byte_is_refused()
    {
        var bytes = new byte[3000];
        new Random(1).NextBytes(bytes);
        foreach (var packed in (byte[][])[Gzip(bytes), Zstd(bytes)])
        {
            for (var length = 5; length < packed.Length; length += length < 40 || length > packed.Length - 40 ? 1 : 97)
            {
                Assert.Throws<OciFormatException>(() => Open(packed[..length]));
            }
        }
    }

    [Fact]
    public void Corrupt_blobs_are_refused_or_give_something_but_never_crash() =>
        Gen.Select(Gen.Byte.Array[1, 500], Gen.Int[0, 100_000], Gen.Byte, Gen.Bool).Sample((bytes, at, value, isZstd) =>
        {
            var packed = isZstd ? Zstd(bytes) : Gzip(bytes);
            packed[at % packed.Length] ^= value;
            try
            {
                Open(packed);
            }
            catch (OciFormatException)
            {
            }
        }, iter: 3000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bomb_is_refused_while_it_is_read(bool isZstd)
    {
        var zeros = new byte[8 << 20];
        var bomb = isZstd ? Zstd(zeros) : Gzip(zeros);
        Assert.Contains("bomb", Assert.Throws<OciFormatException>(() => Open(bomb, null, new LayerLimits { RatioGrace = 1 << 20, MaxRatio = 100 })).Reason, StringComparison.Ordinal);
        Assert.Contains("more than 1048576 bytes", Assert.Throws<OciFormatException>(() => Open(bomb, null, new LayerLimits { MaxUnpackedBytes = 1 << 20 })).Reason, StringComparison.Ordinal);
        Assert.Equal(zeros.Length, Open(bomb).Length);
    }

    [Fact]
    public void A_stream_that_fails_is_not_taken_for_a_corrupt_layer()
    {
        using var stream = LayerDecompressor.Open(new Broken(Gzip(new byte[100_000])), null);
        Assert.Throws<EndOfStreamException>(() => stream.CopyTo(Stream.Null));
    }

    private sealed class Broken(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            Position >= 20 ? throw new EndOfStreamException("network") : base.Read(buffer, offset, Math.Min(4, count));
    }
}
