using Skerry.Guard.Events;

namespace Skerry.Guard.Sources;

/// <summary>Reads a text.</summary>
internal sealed class TextSource(Func<KernelEvent, Text> read) : Source
{
    public Text Read(KernelEvent e) => read(e);
}
