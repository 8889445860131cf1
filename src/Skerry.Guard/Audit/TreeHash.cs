using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Skerry.Guard.Audit;

/// <summary>A hash of a log's tree: SHA-256, with leaves and inner nodes told apart (RFC 6962 §2.1).</summary>
public readonly struct TreeHash : IEquatable<TreeHash>
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <summary>A hash from its 32 bytes.</summary>
    public TreeHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new AuditFormatException("tree hash", $"{bytes.Length} bytes instead of {Size}");
        }

        _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The root of a tree without leaves.</summary>
    public static TreeHash Empty { get; } = new(SHA256.HashData([]));

    public static bool operator ==(TreeHash left, TreeHash right) => left.Equals(right);

    public static bool operator !=(TreeHash left, TreeHash right) => !left.Equals(right);

    /// <summary>Hash of an entry.</summary>
    public static TreeHash Leaf(ReadOnlySpan<byte> entry)
    {
        const int OnStack = 1024;
        var length = entry.Length + 1;
        Span<byte> buffer = length <= OnStack ? stackalloc byte[OnStack] : new byte[length];
        buffer[0] = 0;
        entry.CopyTo(buffer[1..]);
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(buffer[..length], hash);
        return new TreeHash(hash);
    }

    /// <summary>Hash of an inner node.</summary>
    public static TreeHash Node(TreeHash left, TreeHash right)
    {
        Span<byte> buffer = stackalloc byte[1 + (2 * Size)];
        buffer[0] = 1;
        left.CopyTo(buffer[1..]);
        right.CopyTo(buffer[(1 + Size)..]);
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(buffer, hash);
        return new TreeHash(hash);
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _fourth);
    }

    /// <summary>The hash from the base64 of a checkpoint or a proof.</summary>
    /// <exception cref="AuditFormatException">It is not the base64 of 32 bytes.</exception>
    public static TreeHash FromBase64(string format, string text)
    {
        var bytes = NoteText.Base64(format, text);
        return bytes.Length == Size ? new TreeHash(bytes) : throw new AuditFormatException(format, $"a hash of {bytes.Length} bytes instead of {Size}");
    }

    /// <summary>The hash in base64, as checkpoints and proofs have it.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToBase64String(bytes);
    }

    /// <inheritdoc/>
    public bool Equals(TreeHash other) => _first == other._first && _second == other._second && _third == other._third && _fourth == other._fourth;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is TreeHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)_fourth;
}
