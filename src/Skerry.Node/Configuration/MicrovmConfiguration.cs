using System.Globalization;

namespace Skerry.Node.Configuration;

/// <summary>
/// Reads [microvm], and [runtime.config] of who brings Kata's settings along. The words and units are Kata's where it has the thing; what it
/// has and is not done here is refused, because a machine that silently is another than the one asked for would be worse.
/// </summary>
internal static class MicrovmConfiguration
{
    private const int MostProcessors = 64;
    private const int MostSlots = 1024;
    private const int MostCached = 64;

    /// <summary>Applies one key.</summary>
    /// <param name="options">So far.</param>
    /// <param name="key">With its table: microvm.path.</param>
    /// <param name="value">Its value.</param>
    /// <param name="place">File and line, for messages.</param>
    /// <exception cref="ConfigurationException">It is not known, its value is not allowed, or it cannot be done.</exception>
    internal static MicrovmOptions Apply(MicrovmOptions options, string key, object? value, string place) => key switch
    {
        "microvm.hypervisor" => options with { Hypervisor = NodeConfiguration.OneOf(value, key, place, MicrovmOptions.Auto, "qemu", "firecracker", "cloud-hypervisor") },
        "microvm.firecracker_path" => options with { FirecrackerPath = File(value, key, place) },
        "microvm.cloud_hypervisor_path" => options with { CloudHypervisorPath = File(value, key, place) },
        "microvm.path" => options with { Path = NodeConfiguration.Text(value, key, place) },
        "microvm.kernel_path" => options with { KernelPath = File(value, key, place) },
        "microvm.initrd_path" => options with { InitrdPath = File(value, key, place) },
        "microvm.image_path" => value is "" ? options : throw Wrong(
            key, place, "cannot be used: a guest starts from an initrd that has skerry-guest in it and never from an image of a disk; leave it out, and name what scripts/guest makes as initrd_path"),
        "microvm.kernel_params" => options with { KernelParameters = Parameters(value, key, place) },
        "microvm.default_vcpus" => options with { Processors = Processors((int)NodeConfiguration.Number(value, key, place, -1, MostProcessors)) },
        "microvm.default_memory" => options with { MemoryBytes = NodeConfiguration.Mebibytes(value, key, place) },
        "microvm.default_maxmemory" => options with { MaximumBytes = value is 0L ? null : NodeConfiguration.Mebibytes(value, key, place) },
        "microvm.memory_slots" => options with { CanGrow = NodeConfiguration.Number(value, key, place, 0, MostSlots) > 0 },
        "microvm.default_disk" => options with { DiskBytes = NodeConfiguration.Mebibytes(value, key, place) },
        "microvm.shared_fs" => options with { SharedFs = NodeConfiguration.OneOf(value, key, place, "virtio-fs", MicrovmOptions.NoSharedFs) },
        "microvm.virtio_fs_daemon" => options with { VirtioFsDaemon = NodeConfiguration.Text(value, key, place) },
        "microvm.virtio_fs_cache" => options with { VirtioFsCache = NodeConfiguration.OneOf(value, key, place, "none", "auto", "always") },
        "microvm.guest_overhead" => options with { GuestOverheadBytes = NodeConfiguration.Mebibytes(value, key, place) },
        "microvm.boot_timeout" => options with { BootTimeoutSeconds = (int)NodeConfiguration.Number(value, key, place, 1, 600) },
        "microvm.kvm_timeout" => options with { KvmTimeoutSeconds = (int)NodeConfiguration.Number(value, key, place, 1, 600) },
        "microvm.merge_memory" => options with { MergeMemory = NodeConfiguration.Flag(value, key, place) },
        "microvm.enable_template" => options with { EnableTemplate = NodeConfiguration.Flag(value, key, place) },
        "microvm.vm_cache_number" => options with { CacheNumber = (int)NodeConfiguration.Number(value, key, place, 0, MostCached) },
        "microvm.vm_cache_memory" => options with { CacheBytes = NodeConfiguration.Mebibytes(value, key, place) },
        "microvm.enable_annotations" => options with { EnableAnnotations = Annotations(value, key, place) },
        _ => throw new ConfigurationException($"{place}: unknown key '{key}'; deploy/skerry.toml shows every key"),
    };

    /// <summary>Kata's: 0 is one, and less is as many as the machine has.</summary>
    private static int Processors(int number) => number switch
    {
        < 0 => Math.Min(Environment.ProcessorCount, MostProcessors),
        0 => 1,
        _ => number,
    };

    private static string File(object? value, string key, string place) =>
        NodeConfiguration.Text(value, key, place) is var path && (path == "auto" || Path.IsPathFullyQualified(path)) ? path : throw Wrong(key, place, "takes \"auto\" or a path from the root");

    private static string Parameters(object? value, string key, string place) => value is string { Length: <= MicrovmOptions.MostParameters } text && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')
        ? text
        : throw Wrong(key, place, string.Create(CultureInfo.InvariantCulture, $"takes one line of at most {MicrovmOptions.MostParameters} characters of ASCII"));

    private static IReadOnlyList<string> Annotations(object? value, string key, string place)
    {
        var names = NodeConfiguration.Texts(value, key, place);
        return names.FirstOrDefault(static n => !MicrovmOptions.Adjustable.Contains(n, StringComparer.Ordinal)) is { } unknown
            ? throw Wrong(key, place, $"names '{unknown}', which pods cannot change; they can change {string.Join(", ", MicrovmOptions.Adjustable)}")
            : names;
    }

    private static ConfigurationException Wrong(string key, string place, string what) => new($"{place}: '{key}' {what}");
}
