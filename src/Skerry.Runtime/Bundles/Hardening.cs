namespace Skerry.Runtime.Bundles;

/// <summary>
/// What can be taken from every container beneath an engine without breaking what the bundle asks to run. Only ever stricter, off
/// unless the configuration says so; where it allows it, a bundle may ask for more by annotation, never for less.
/// </summary>
internal static class Hardening
{
    /// <summary>The annotation, with the same words as the configuration's <c>harden</c>.</summary>
    internal const string Annotation = "org.skerry.harden";

    /// <summary>Kernel memory, keys, timers, interrupts and power readings that are side channels or leak addresses.</summary>
    private static readonly string[] s_masked =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kallsyms", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    /// <summary>What to correct in this bundle.</summary>
    /// <exception cref="RefusedException">A word is not known: nothing is guessed about security.</exception>
    internal static Edits Of(FrontOptions options, IReadOnlyDictionary<string, string> annotations, string? ociVersion)
    {
        var words = new List<string>(options.Harden);
        if (options.HardenByAnnotation && annotations.TryGetValue(Annotation, out var asked))
        {
            words.AddRange(asked.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }

        foreach (var word in words)
        {
            if (word is not ("no-new-privileges" or "masked-paths"))
            {
                throw new RefusedException($"harden: '{word}' is not known; known are no-new-privileges and masked-paths");
            }
        }

        return new Edits
        {
            OciVersion = ociVersion,
            NoNewPrivileges = words.Contains("no-new-privileges"),
            MaskedPaths = words.Contains("masked-paths") ? s_masked : [],
        };
    }
}
