using System.Text;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Terminals;

/// <summary>Standard output or error gave up because its reader has gone: the program ends as by SIGPIPE, without a word.</summary>
internal sealed class OutputClosedException : Exception;

/// <summary>
/// Text to a standard stream as UTF-8, kept until <see cref="Flush"/> or until there is much of it. For one thread.
/// </summary>
internal sealed class TextOutput(int fd)
{
    private const int Much = 32 << 10;

    private byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>Whether this goes to a terminal.</summary>
    internal bool IsTerminal { get; } = Terminal.Is(fd);

    /// <summary>The terminal's width, or null.</summary>
    internal int? Columns => Terminal.Size(Descriptor)?.Columns;

    /// <summary>The stream's descriptor, for bytes that are no text; flush before using it.</summary>
    internal int Descriptor { get; } = fd;

    internal TextOutput Write(ReadOnlySpan<char> text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_bytes.Length - _length < most)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + most));
        }

        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
        if (_length > Much)
        {
            Flush();
        }

        return this;
    }

    /// <summary>Keeps bytes as they are, in order with the text.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > Much)
        {
            Bytes(bytes);
            return;
        }

        if (_bytes.Length - _length < bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes.Length));
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    internal void Line(ReadOnlySpan<char> text) => Write(text).Write("\n");

    /// <summary>Hands everything to the kernel.</summary>
    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    internal void Flush()
    {
        var length = _length;
        _length = 0;
        Bytes(_bytes.AsSpan(0, length));
    }

    /// <summary>Writes bytes at once, as they are; what was kept goes first.</summary>
    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    internal void Bytes(ReadOnlySpan<byte> bytes)
    {
        if (_length > 0)
        {
            Flush();
        }

        if (!StandardStream.Write(Descriptor, bytes))
        {
            throw new OutputClosedException();
        }
    }
}
