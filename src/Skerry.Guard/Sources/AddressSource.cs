using Skerry.Guard.Events;

namespace Skerry.Guard.Sources;

/// <summary>Reads an address. Of fields that match either of two ends there is a second one.</summary>
internal sealed class AddressSource(Func<KernelEvent, NetworkAddress?> read, Func<KernelEvent, NetworkAddress?>? readOther = null) : Source
{
    public bool HasOther => readOther is not null;

    public NetworkAddress? Read(KernelEvent e) => read(e);

    public NetworkAddress? ReadOther(KernelEvent e) => readOther?.Invoke(e);
}
