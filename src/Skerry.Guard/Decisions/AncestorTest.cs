using Skerry.Guard.Events;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>Whether something of any ancestor fits.</summary>
internal sealed class AncestorTest(AncestorSource source, TextMatcher? text, NumberMatcher? number, string key) : Test(key, source.Cost + (4 * (text?.Cost ?? 1)), isOfType: false)
{
    public override bool Holds(KernelEvent e)
    {
        var process = e.Process?.Parent;
        for (var depth = 0; process is not null && depth < ProcessFacts.DeepestAncestor; depth++)
        {
            if (Fits(e, process))
            {
                return true;
            }

            process = process.Parent;
        }

        return false;
    }

    private bool Fits(KernelEvent e, ProcessFacts process)
    {
        if (number is not null)
        {
            return source.ReadNumber(process) is { } value && number.Matches(value);
        }

        var read = source.ReadText(e, process);
        return !read.IsAbsent && text!.Matches(read.Span);
    }
}
