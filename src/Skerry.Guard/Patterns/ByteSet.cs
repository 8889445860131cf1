using Skerry.Guard.Conditions;

namespace Skerry.Guard.Patterns;

/// <summary>A set of texts that does not change: asked for with bytes of somebody else, without a copy.</summary>
/// <remarks>Open addressing over a table that is at most half full; lengths that no member has are answered without a hash.</remarks>
internal sealed class ByteSet
{
    private readonly byte[]?[] _slots;
    private readonly ulong _lengths;

    public ByteSet(IEnumerable<string> members)
        : this(members.Select(EscapedBytes.Of))
    {
    }

    public ByteSet(IEnumerable<byte[]> members)
    {
        byte[][] all = [.. members];
        _slots = new byte[]?[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(all.Length * 2) + 2)];
        foreach (var member in all)
        {
            _lengths |= LengthBit(member.Length);
            ref var slot = ref Find(member);
            slot ??= member;
        }
    }

    public bool Contains(ReadOnlySpan<byte> text) => (_lengths & LengthBit(text.Length)) != 0 && Find(text) is not null;

    private static ulong LengthBit(int length) => 1UL << Math.Min(length, 63);

    private static uint Hash(ReadOnlySpan<byte> text)
    {
        // FNV-1a; the members are chosen by who writes rules, so collisions cannot be forced by who is watched.
        var hash = 2166136261u;
        foreach (var value in text)
        {
            hash = (hash ^ value) * 16777619u;
        }

        return hash ^ (hash >> 15);
    }

    private ref byte[]? Find(ReadOnlySpan<byte> text)
    {
        var mask = _slots.Length - 1;
        var at = (int)Hash(text) & mask;
        while (_slots[at] is { } member && !text.SequenceEqual(member))
        {
            at = (at + 1) & mask;
        }

        return ref _slots[at];
    }
}
