namespace Skerry.Guard.Tests;

/// <summary>What a piece of work allocates on this thread.</summary>
/// <remarks>
/// A collection that another test causes takes the rest of this thread's allocation buffer (8 KiB) away and counts it as allocated. What the work
/// itself allocates is allocated every time: the least of several runs.
/// </remarks>
internal static class Allocated
{
    private const int Runs = 5;

    /// <summary>Bytes, at least.</summary>
    public static long By(Action work)
    {
        var least = long.MaxValue;
        for (var run = 0; run < Runs && least != 0; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
