using System.Text;

namespace Skerry.Oci.Layers;

/// <summary>
/// A layer that is one WebAssembly module and no archive, read as the tar of a single file, so that it is unpacked, listed and checked as
/// every other layer is. The digest is that of the module; the tar exists only while it is read.
/// </summary>
/// <remarks>The module's stream stays open.</remarks>
public sealed class ModuleTar : Stream
{
    /// <summary>Name of the file, at the root of the layer.</summary>
    public const string Name = "module.wasm";

    private const int Block = 512;
    private const long MaxSize = 0x1_FFFF_FFFF; // eleven octal digits (ustar, POSIX pax "ustar Interchange Format")
    private readonly Stream _module;
    private readonly long _size;
    private readonly byte[] _header;
    private long _position;

    /// <param name="module">The module from its first byte.</param>
    /// <param name="size">How many bytes it has; reading fails when there are fewer or more.</param>
    /// <exception cref="OciFormatException">It is too large.</exception>
    public ModuleTar(Stream module, long size)
    {
        ArgumentNullException.ThrowIfNull(module);
        _module = module;
        _size = size is >= 0 and <= MaxSize ? size : throw new OciFormatException("wasm layer", null, $"{size} bytes; at most {MaxSize} are taken");
        _header = Header(size);
    }

    private long ContentEnd => Block + _size;

    private long End => (ContentEnd + Block - 1) / Block * Block + (2 * Block);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => End;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_position == End || buffer.IsEmpty)
        {
            return 0;
        }

        int taken;
        if (_position < Block)
        {
            taken = Math.Min(buffer.Length, Block - (int)_position);
            _header.AsSpan((int)_position, taken).CopyTo(buffer);
        }
        else if (_position < ContentEnd)
        {
            taken = _module.Read(buffer[..(int)Math.Min(buffer.Length, ContentEnd - _position)]);
            if (taken == 0)
            {
                throw new OciFormatException("wasm layer", _position - Block, $"it ends before the {_size} bytes that it should have");
            }
        }
        else
        {
            Span<byte> more = stackalloc byte[1];
            if (_position == ContentEnd && _module.Read(more) != 0)
            {
                throw new OciFormatException("wasm layer", _size, "it goes on after its end: is it compressed, though its media type says that it is a module?");
            }

            taken = (int)Math.Min(buffer.Length, End - _position);
            buffer[..taken].Clear();
        }

        _position += taken;
        return taken;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] Header(long size)
    {
        var header = new byte[Block];
        Put(0, Name);
        Put(100, "0000444");
        Put(108, "0000000");
        Put(116, "0000000");
        Put(124, Convert.ToString(size, 8).PadLeft(11, '0'));
        Put(136, "00000000000");
        Put(148, "        ");
        Put(156, "0");
        Put(257, "ustar");
        Put(263, "00");
        var sum = header.Sum(static b => b);
        Put(148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        return header;

        void Put(int at, string text) => Encoding.ASCII.GetBytes(text, header.AsSpan(at));
    }
}
