using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Configuration;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>How large the machine of a pod is.</summary>
/// <param name="MemoryMebibytes">The guest's memory.</param>
/// <param name="Processors">Virtual processors.</param>
internal sealed record MachineShape(int MemoryMebibytes, int Processors)
{
    /// <summary>Slots for disks of layers.</summary>
    public int Slots { get; init; }

    /// <summary>Slots for disks of containers, which are written to.</summary>
    public int Writable { get; init; }

    /// <summary>What the guest's memory can grow to while it runs: the machine has so much, and the rest is taken from the guest by a balloon.</summary>
    public int MaximumMebibytes { get; init; } = MemoryMebibytes;

    /// <summary>What is added to its kernel's command line.</summary>
    public string KernelParameters { get; init; } = string.Empty;

    /// <summary>It has a network card.</summary>
    public bool HasCard { get; init; }

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{MemoryMebibytes} to {MaximumMebibytes} MiB, {Processors} vCPU, {Slots + Writable} disks{(HasCard ? ", network" : "")}");

    private const long Mebibyte = 1 << 20;
    private const int MostProcessors = 64;

    /// <summary>What a VMM needs beside the guest's memory: itself, its devices, and translated code where it emulates.</summary>
    private const long VmmOverhead = 128 * Mebibyte;

    /// <summary>The most that is kept for growing where nobody says how much: the guest's kernel has 64 bytes of tables for each page of it.</summary>
    private const long MostReserve = 512 * Mebibyte;

    /// <summary>The jail's limit: nothing that the guest or its VMM does takes more of the node.</summary>
    internal long JailBytes => (MemoryMebibytes * Mebibyte) + VmmOverhead;

    /// <summary>The next shape for which a template is made, so that there are few: slots are a power of two, memory is a multiple of 32 MiB.</summary>
    internal MachineShape Rounded() => this with
    {
        Slots = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(Slots, 1)),
        MemoryMebibytes = (MemoryMebibytes + 31) / 32 * 32,
        MaximumMebibytes = (MaximumMebibytes + 31) / 32 * 32,
    };

    /// <summary>
    /// The sum of what its containers may use, and what the guest needs for itself. A container without a limit counts as the configuration says.
    /// </summary>
    internal static MachineShape Of(PodSpec pod, MicrovmOptions options)
    {
        long containers = 0;
        long millis = 0;
        var isUnlimited = false;
        foreach (var container in pod.Containers)
        {
            containers += container.Resources is { MemoryBytes: > 0 } limited ? limited.MemoryBytes : options.MemoryBytes;
            var mine = container.Resources?.CpuMillis ?? 0;
            isUnlimited |= mine <= 0;
            millis += mine;
        }

        var processors = isUnlimited ? options.Processors : (int)Math.Min((millis + 999) / 1000, MostProcessors);
        var memory = Mebibytes(options.GuestOverheadBytes + containers);
        var maximum = Mebibytes(options.MaximumBytes ?? (options.GuestOverheadBytes + containers + Math.Min(containers, MostReserve)));
        return new MachineShape(memory, Math.Clamp(processors, 1, Math.Max(1, Environment.ProcessorCount)))
        {
            MaximumMebibytes = options.CanGrow ? Math.Max(memory, maximum) : memory,
            KernelParameters = options.KernelParameters,
        };
    }

    private static int Mebibytes(long bytes) => (int)Math.Min((bytes + Mebibyte - 1) / Mebibyte, int.MaxValue);
}
