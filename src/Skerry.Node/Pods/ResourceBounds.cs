using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Pods;

/// <summary>The most that one container may be given: more than any machine has, and so little that the sum over a pod stays a number.</summary>
internal static class ResourceBounds
{
    private const long MostBytes = 1L << 50; // 1 PiB
    private const long MostMillis = 1L << 30; // a million cores

    /// <summary>Refuses what is beyond.</summary>
    /// <param name="where">What the limits are of, for the message.</param>
    /// <param name="wanted">The limits; null: none.</param>
    /// <exception cref="PodException">One is; the message names the field.</exception>
    internal static void Check(string where, Resources? wanted)
    {
        Check(where, "memory_bytes", wanted?.MemoryBytes ?? 0, MostBytes);
        Check(where, "memory_swap_bytes", wanted?.MemorySwapBytes ?? 0, MostBytes);
        Check(where, "cpu_millis", wanted?.CpuMillis ?? 0, MostMillis);
    }

    private static void Check(string where, string field, long value, long most)
    {
        if (value > most)
        {
            throw PodException.Invalid($"{where}resources.{field}: {value} is more than {most}", "give less, or 0 for no limit");
        }
    }
}
