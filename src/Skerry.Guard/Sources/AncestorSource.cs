using Skerry.Guard.Events;

namespace Skerry.Guard.Sources;

/// <summary>Something of every ancestor of a process, one of which must fit.</summary>
internal sealed class AncestorSource(Func<KernelEvent, ProcessFacts, Text>? text, Func<ProcessFacts, long?>? number, Source shown) : Source
{
    /// <summary>What stands for all of them where one value is wanted: in messages and transformers.</summary>
    public Source Shown => shown;

    public bool IsNumber => number is not null;

    public Text ReadText(KernelEvent e, ProcessFacts process) => text is null ? default : text(e, process);

    public long? ReadNumber(ProcessFacts process) => number?.Invoke(process);
}
