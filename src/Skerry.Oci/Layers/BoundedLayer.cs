using ZstdSharp;

namespace Skerry.Oci.Layers;

/// <summary>The tar that comes out of a decoder, cut short by an error when it becomes too much; decoder errors become format errors.</summary>
internal sealed class BoundedLayer(Stream decoder, CompressedSource source, LayerCompression compression, LayerLimits limits) : Stream
{
    private long _given;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _given;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Count(decoder.Read(buffer));
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Corrupt(e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Count(await decoder.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Corrupt(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoder.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Count(int read)
    {
        _given += read;
        if (_given > limits.MaxUnpackedBytes)
        {
            throw new OciFormatException(Name, source.Taken, $"unpacks to more than {limits.MaxUnpackedBytes} bytes");
        }

        if (_given > limits.RatioGrace && _given / limits.MaxRatio > source.Taken)
        {
            throw new OciFormatException(Name, source.Taken, $"a bomb: {_given} bytes out of {source.Taken}, more than {limits.MaxRatio} times");
        }

        return read;
    }

    private string Name => compression switch
    {
        LayerCompression.Gzip => "gzip layer",
        LayerCompression.Zstd => "zstd layer",
        _ => "layer",
    };

    private bool IsDecoderError(Exception e) => !source.Failed && e is (InvalidDataException or ZstdException or EndOfStreamException);

    private OciFormatException Corrupt(Exception e) => new(Name, source.Taken, "corrupt or cut off: " + e.Message, e);
}
