using Skerry.Guard.Events;

namespace Skerry.Guard.Sources;

/// <summary>Reads several texts; null where nothing is known.</summary>
internal sealed class ListSource(Func<KernelEvent, List<Text>?> read) : Source
{
    public List<Text>? Read(KernelEvent e) => read(e);
}
