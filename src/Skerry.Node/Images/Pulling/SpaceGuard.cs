using Skerry.Linux.Files;
using Skerry.Oci;

namespace Skerry.Node.Images.Pulling;

/// <summary>
/// Whether there is room: before a pull begins by estimate, and while it runs by what is really taken. Room is what the quota
/// leaves and what the disk has above the reserve, whichever is less.
/// </summary>
internal sealed class SpaceGuard
{
    /// <summary>The reserve where none is configured, unless 5 % of the disk are less.</summary>
    private const long UsualReserve = 512L << 20;

    /// <summary>Unpacked bytes for each compressed byte: Debian and Alpine layers have 2.3 to 3.2.</summary>
    private const double UnpackFactor = 3;

    /// <summary>How many bytes may be written between two looks at the disk.</summary>
    private const long LookEvery = 64L << 20;

    private readonly ImageStore _store;
    private readonly long _quotaLeft;
    private long _taken;
    private long _nextLook = LookEvery;

    public SpaceGuard(ImageStore store)
    {
        _store = store;
        _quotaLeft = store.Options.Quota is { } quota ? Math.Max(0, quota.Bytes - UsedBytes(store)) : long.MaxValue;
    }

    /// <summary>What blobs, unfinished fetches and layers take now.</summary>
    public static long UsedBytes(ImageStore store) =>
        store.Content.List().Sum(b => b.Size) + store.Content.ListIngests().Sum(b => b.Size) + store.Layers.List().Sum(l => l.Meta.DiskBytes);

    /// <summary>What a layer of this size and media type will take unpacked, roughly.</summary>
    public static long Unpacked(Descriptor layer) => MediaTypes.Compression(layer.MediaType) is LayerCompression.None ? layer.Size : (long)(layer.Size * UnpackFactor);

    /// <summary>A sum that ends at the largest number: what is summed comes from strangers, and must not come out as little.</summary>
    public static long Sum(params IEnumerable<long> sizes) => sizes.Aggregate(0L, static (sum, size) => size > long.MaxValue - sum ? long.MaxValue : sum + size);

    /// <summary>Refuses what will not fit, before anything is begun.</summary>
    /// <exception cref="ImageException">With what to free.</exception>
    public void Require(string image, long fetch, long unpack)
    {
        var room = FileCalls.Room(_store.Root.Root);
        long reserve = Reserve(room);
        long free = Math.Max(0, room.AvailableBytes - reserve);
        long need = Sum(fetch, unpack);
        if (need <= free && need <= _quotaLeft)
        {
            return;
        }

        string limit = need > _quotaLeft && _quotaLeft < free
            ? $"the quota of {_store.Options.Quota!.Value.ToHuman()} leaves {Human(_quotaLeft)}"
            : $"{_store.Root.Path} has {Human(free)} free above its reserve of {Human(reserve)}";
        throw new ImageException(ImageProblem.DoesNotFit,
            $"pull {image}: it needs about {Human(need)} ({Human(fetch)} to fetch, {Human(unpack)} unpacked), but {limit}. {WhatToFree(_store)}");
    }

    /// <summary>Counts bytes that were written; looks at the disk now and then.</summary>
    /// <exception cref="ImageException">The quota is used up or the reserve touched.</exception>
    public void Charge(long bytes)
    {
        long taken = Interlocked.Add(ref _taken, bytes);
        if (taken > _quotaLeft)
        {
            throw new ImageException(ImageProblem.OutOfSpace, $"the quota of {_store.Options.Quota!.Value.ToHuman()} is used up. {WhatToFree(_store)}");
        }

        long look = Volatile.Read(ref _nextLook);
        if (taken >= look && Interlocked.CompareExchange(ref _nextLook, taken + LookEvery, look) == look)
        {
            var room = FileCalls.Room(_store.Root.Root);
            if (room.AvailableBytes < Reserve(room))
            {
                throw new ImageException(ImageProblem.OutOfSpace,
                    $"{_store.Root.Path} has only {Human(room.AvailableBytes)} left, less than its reserve of {Human(Reserve(room))}. {WhatToFree(_store)}");
            }
        }
    }

    /// <summary>A sentence on what a prune would free.</summary>
    public static string WhatToFree(ImageStore store)
    {
        var (dangling, all) = Upkeep.ImageCollector.Prunable(store);
        return all == 0
            ? "Nothing of the image store can be pruned: free other files on that disk, or move the store to a larger one."
            : dangling == all
                ? $"'skerry image prune' frees {Human(dangling)}."
                : $"'skerry image prune' frees {Human(dangling)}, 'skerry image prune --all' frees {Human(all)}.";
    }

    private static string Human(long bytes) => new ByteCount(Math.Max(0, bytes)).ToHuman();

    /// <summary>What pulls leave free.</summary>
    public long Reserve(FileSystemRoom room) => _store.Options.Reserve?.Bytes ?? Math.Min(UsualReserve, room.TotalBytes / 20);
}
