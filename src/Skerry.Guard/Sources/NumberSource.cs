using Skerry.Guard.Events;

namespace Skerry.Guard.Sources;

/// <summary>Reads a number, or 1 and 0 for true and false. Of fields that match either of two ends there is a second one.</summary>
internal sealed class NumberSource(Func<KernelEvent, long?> read, Func<KernelEvent, long?>? readOther = null) : Source
{
    public bool HasOther => readOther is not null;

    public long? Read(KernelEvent e) => read(e);

    public long? ReadOther(KernelEvent e) => readOther?.Invoke(e);
}
