using Skerry.Guard.Events;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>A number against constants. Where there are two ends, one must fit, or both where the comparison is "!=".</summary>
internal sealed class NumberTest(NumberSource source, NumberMatcher matcher, bool needsBoth, string key) : Test(key, source.Cost + 1, source.IsOfType)
{
    public override bool Holds(KernelEvent e)
    {
        if (source.Read(e) is not { } number)
        {
            return source.HasOther && source.ReadOther(e) is { } alone && matcher.Matches(alone);
        }

        var holds = matcher.Matches(number);
        if (!source.HasOther || source.ReadOther(e) is not { } other)
        {
            return holds;
        }

        return needsBoth ? holds && matcher.Matches(other) : holds || matcher.Matches(other);
    }
}
