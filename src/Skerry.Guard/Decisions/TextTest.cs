using Skerry.Guard.Events;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>A text against constants.</summary>
internal sealed class TextTest(TextSource source, TextMatcher matcher, string key) : Test(key, source.Cost + matcher.Cost, source.IsOfType)
{
    public override bool Holds(KernelEvent e)
    {
        var text = source.Read(e);
        return !text.IsAbsent && matcher.Matches(text.Span);
    }
}
