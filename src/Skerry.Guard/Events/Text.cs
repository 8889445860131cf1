using System.Text;

namespace Skerry.Guard.Events;

/// <summary>Text as the kernel gives it: bytes, mostly UTF-8, without an end mark. A piece of a buffer that somebody else owns.</summary>
/// <remarks>The default value is absent text, which is not the same as empty text. Absent text makes every comparison false.</remarks>
public readonly struct Text : IEquatable<Text>
{
    private readonly byte[]? _buffer;
    private readonly int _start;

    /// <summary>All of an array; the array must not change while the text is in use.</summary>
    public Text(byte[] bytes)
        : this(bytes, 0, bytes.Length)
    {
    }

    /// <summary>A piece of an array.</summary>
    public Text(byte[] buffer, int start, int length)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start + (ulong)(uint)length, (ulong)buffer.Length);
        _buffer = buffer;
        _start = start;
        Length = length;
    }

    /// <summary>Text of no bytes.</summary>
    public static Text Empty { get; } = new([]);

    /// <summary>True where nothing is known.</summary>
    public bool IsAbsent => _buffer is null;

    /// <summary>Number of bytes.</summary>
    public int Length { get; }

    /// <summary>The bytes; none where the text is absent.</summary>
    public ReadOnlySpan<byte> Span => new(_buffer, _start, Length);

    /// <summary>The UTF-8 bytes of a string; absent for null.</summary>
    public static implicit operator Text(string? text) => text is null ? default : new Text(Encoding.UTF8.GetBytes(text));

    public static bool operator ==(Text left, Text right) => left.Equals(right);

    public static bool operator !=(Text left, Text right) => !left.Equals(right);

    /// <summary>A piece of this text.</summary>
    public Text Slice(int start, int length) => _buffer is null ? default : new Text(_buffer, _start + start, length);

    /// <inheritdoc/>
    public bool Equals(Text other) => IsAbsent == other.IsAbsent && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Text other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>The text as a string; bytes that are not UTF-8 become U+FFFD.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Span);
}
