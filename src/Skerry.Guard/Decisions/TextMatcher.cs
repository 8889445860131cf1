using Skerry.Guard.Patterns;

namespace Skerry.Guard.Decisions;

/// <summary>What a text is compared with.</summary>
internal abstract class TextMatcher
{
    /// <summary>What one comparison costs.</summary>
    public virtual int Cost => 2;

    public abstract bool Matches(ReadOnlySpan<byte> text);

    internal sealed class Equal(byte[] value) : TextMatcher
    {
        public override int Cost => 1;

        public override bool Matches(ReadOnlySpan<byte> text) => text.SequenceEqual(value);
    }

    /// <summary>Order of bytes, as strcmp has it.</summary>
    internal sealed class Ordered(byte[] value, Func<int, bool> holds) : TextMatcher
    {
        public override bool Matches(ReadOnlySpan<byte> text) => holds(text.SequenceCompareTo(value));
    }

    internal sealed class Member(ByteSet set) : TextMatcher
    {
        public override bool Matches(ReadOnlySpan<byte> text) => set.Contains(text);
    }

    internal sealed class Contains(byte[] value) : TextMatcher
    {
        public override int Cost => 5;

        public override bool Matches(ReadOnlySpan<byte> text) => text.IndexOf(value) >= 0;
    }

    internal sealed class ContainsAnyCase(byte[] lowerValue) : TextMatcher
    {
        public override int Cost => 8;

        public override bool Matches(ReadOnlySpan<byte> text) => AsciiCase.Contains(text, lowerValue);
    }

    internal sealed class StartsWith(byte[] value) : TextMatcher
    {
        public override int Cost => 1;

        public override bool Matches(ReadOnlySpan<byte> text) => text.StartsWith(value);
    }

    internal sealed class EndsWith(byte[] value) : TextMatcher
    {
        public override int Cost => 1;

        public override bool Matches(ReadOnlySpan<byte> text) => text.EndsWith(value);
    }

    internal sealed class Glob(GlobPattern pattern) : TextMatcher
    {
        public override int Cost => 10;

        public override bool Matches(ReadOnlySpan<byte> text) => pattern.Matches(text);
    }

    internal sealed class Regex(TextPattern pattern) : TextMatcher
    {
        public override int Cost => 20;

        public override bool Matches(ReadOnlySpan<byte> text) => pattern.Matches(text);
    }

    internal sealed class PathPrefix(PathTrie paths) : TextMatcher
    {
        public override int Cost => 6;

        public override bool Matches(ReadOnlySpan<byte> text) => paths.HasPrefixOf(text);
    }

    internal sealed class Not(TextMatcher inner) : TextMatcher
    {
        public override int Cost => inner.Cost;

        public override bool Matches(ReadOnlySpan<byte> text) => !inner.Matches(text);
    }

    /// <summary>So many of several must fit.</summary>
    internal sealed class Several(TextMatcher[] matchers, int least, int most) : TextMatcher
    {
        public override int Cost => matchers.Sum(static m => m.Cost);

        public override bool Matches(ReadOnlySpan<byte> text)
        {
            var count = 0;
            foreach (var matcher in matchers)
            {
                count += matcher.Matches(text) ? 1 : 0;
                if (count > most || (count >= least && most == int.MaxValue))
                {
                    break;
                }
            }

            return count >= least && count <= most;
        }
    }
}
