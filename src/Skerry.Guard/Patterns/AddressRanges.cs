using Skerry.Guard.Events;

namespace Skerry.Guard.Patterns;

/// <summary>A set of addresses and networks: ranges in order that do not overlap, searched by halves.</summary>
internal sealed class AddressRanges
{
    private readonly (UInt128 First, UInt128 Last)[] _v4;
    private readonly (UInt128 First, UInt128 Last)[] _v6;

    public AddressRanges(IEnumerable<AddressNetwork> networks)
    {
        AddressNetwork[] all = [.. networks];
        _v4 = Merge(all.Where(static n => !n.Address.IsV6));
        _v6 = Merge(all.Where(static n => n.Address.IsV6));
    }

    public bool Contains(NetworkAddress address)
    {
        var ranges = address.IsV6 ? _v6 : _v4;
        int low = 0, high = ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (address.Bits < ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (address.Bits > ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private static (UInt128 First, UInt128 Last)[] Merge(IEnumerable<AddressNetwork> networks)
    {
        List<(UInt128 First, UInt128 Last)> merged = [];
        foreach (var network in networks.OrderBy(static n => n.First))
        {
            if (merged.Count > 0 && network.First <= merged[^1].Last)
            {
                merged[^1] = (merged[^1].First, UInt128.Max(merged[^1].Last, network.Last));
            }
            else
            {
                merged.Add((network.First, network.Last));
            }
        }

        return [.. merged];
    }
}
