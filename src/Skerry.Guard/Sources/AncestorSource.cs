using Skerry.Guard.Events;

namespace Skerry.Guard.Sources;

/// <summary>Something of every ancestor of a process, one of which must fit.</summary>
internal sealed class AncestorSource(Func<ProcessFacts, Text>? text, Func<ProcessFacts, long?>? number) : Source
{
    public bool IsNumber => number is not null;

    public Text ReadText(ProcessFacts process) => text is null ? default : text(process);

    public long? ReadNumber(ProcessFacts process) => number?.Invoke(process);
}
