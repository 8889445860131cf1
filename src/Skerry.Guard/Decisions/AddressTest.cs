using Skerry.Guard.Events;
using Skerry.Guard.Patterns;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>An address against addresses and networks. Where there are two ends, one must fit, or neither where the comparison is "!=".</summary>
internal sealed class AddressTest(AddressSource source, AddressRanges[] values, int least, int most, bool isNegated, string key)
    : Test(key, source.Cost + 3, isOfType: false)
{
    public override bool Holds(KernelEvent e)
    {
        if (source.Read(e) is not { } address)
        {
            return source.HasOther && source.ReadOther(e) is { } alone && Fits(alone);
        }

        var holds = Fits(address);
        if (!source.HasOther || source.ReadOther(e) is not { } other)
        {
            return holds;
        }

        return isNegated ? holds && Fits(other) : holds || Fits(other);
    }

    private bool Fits(NetworkAddress address)
    {
        var count = 0;
        foreach (var ranges in values)
        {
            count += ranges.Contains(address) != isNegated ? 1 : 0;
        }

        return count >= least && count <= most;
    }
}
