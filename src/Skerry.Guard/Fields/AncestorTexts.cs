using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>What all ancestors of a process have, with blanks between, the parent first: how fields of ancestors are shown.</summary>
internal static class AncestorTexts
{
    /// <summary>Absent where there is no ancestor, or none has anything.</summary>
    public static Text Join(KernelEvent e, Func<KernelEvent, ProcessFacts, Text> read)
    {
        var list = e.TakeList();
        var process = e.Process?.Parent;
        for (var depth = 0; process is not null && depth < ProcessFacts.DeepestAncestor; depth++)
        {
            list.Add(read(e, process));
            process = process.Parent;
        }

        var scratch = e.Scratch.Begin();
        var length = 0;
        foreach (var text in list)
        {
            (length > 0 ? scratch.Append((byte)' ') : scratch).Append(text.Span);
            length += text.Length + (length > 0 ? 1 : 0);
        }

        return length > 0 ? scratch.Take() : default;
    }
}
