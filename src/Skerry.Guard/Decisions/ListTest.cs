using Skerry.Guard.Events;
using Skerry.Guard.Patterns;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>Several texts against a set: all must be in it, or one.</summary>
internal sealed class ListTest(ListSource source, ByteSet set, bool needsAll, string key) : Test(key, source.Cost + 4, source.IsOfType)
{
    public override bool Holds(KernelEvent e)
    {
        if (source.Read(e) is not { } list)
        {
            return false;
        }

        foreach (var text in list)
        {
            if (set.Contains(text.Span) != needsAll)
            {
                return !needsAll;
            }
        }

        return needsAll;
    }
}
