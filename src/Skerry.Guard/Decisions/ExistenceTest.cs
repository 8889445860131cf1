using Skerry.Guard.Events;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>Whether an event has a field at all.</summary>
internal sealed class ExistenceTest(Source source, string key) : Test(key, source.Cost, source.IsOfType)
{
    public override bool Holds(KernelEvent e) => source switch
    {
        TextSource text => !text.Read(e).IsAbsent,
        NumberSource number => number.Read(e) is not null || number.ReadOther(e) is not null,
        AddressSource address => address.Read(e) is not null || address.ReadOther(e) is not null,
        ListSource list => list.Read(e) is not null,
        AncestorSource => e.Process?.Parent is not null,
        _ => false,
    };
}
