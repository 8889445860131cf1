using Skerry.Node.Configuration;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>The programs and files that the tier is made of, as they are on this machine.</summary>
internal sealed record GuestFiles
{
    /// <summary>The VMM's program.</summary>
    public required string Vmm { get; init; }

    /// <summary>skerry-vmm.</summary>
    public required string Holder { get; init; }

    /// <summary>The guest's kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Its first file system.</summary>
    public required string Initrd { get; init; }

    /// <summary>QEMU's plugin that gives the memory of translated code back (qemu/); null: it is not there.</summary>
    public string? Shed { get; init; }

    /// <summary>Finds them.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="vmm">The VMM.</param>
    /// <returns>The files, or null and what is missing with what to do.</returns>
    internal static (GuestFiles? Files, string Missing, string Next) Find(MicrovmOptions options, Vmm vmm)
    {
        var shed = vmm.Emulates ? Beside("skerry-shed.so").FirstOrDefault(File.Exists) : null;
        var holder = Beside("skerry-vmm").FirstOrDefault(File.Exists);
        var kernel = options.KernelPath == "auto" ? Beside("guest/kernel").FirstOrDefault(File.Exists) : Existing(options.KernelPath);
        var initrd = options.InitrdPath == "auto" ? kernel is null ? null : Existing(Path.Combine(Path.GetDirectoryName(kernel)!, "initrd")) : Existing(options.InitrdPath);
        if (vmm.Places(options).FirstOrDefault(File.Exists) is not { } program)
        {
            return (null, $"there is no {vmm.Title} at {vmm.Places(options).Last()}", vmm.Remedy);
        }

        return (holder, kernel, initrd, LayerDisks.Maker, WritableDisks.Maker) switch
        {
            (null, _, _, _, _) => (null, $"there is no skerry-vmm beside {AppContext.BaseDirectory}", "scripts/build makes it"),
            (_, null, _, _, _) => (null, $"the guest's kernel is missing{Where(options.KernelPath)}", "scripts/guest makes it, or name it as kernel_path under [microvm] in skerry.toml"),
            (_, _, null, _, _) => (null, $"the guest's initrd is missing{Where(options.InitrdPath)}", "scripts/guest makes it, or name it as initrd_path under [microvm] in skerry.toml"),
            (_, _, _, null, _) => (null, "mkfs.erofs is not installed", "apt install erofs-utils"),
            (_, _, _, _, null) => (null, "mkfs.ext4 is not installed", "apt install e2fsprogs"),
            _ => (new GuestFiles { Vmm = program, Holder = holder, Kernel = kernel, Initrd = initrd, Shed = shed }, string.Empty, string.Empty),
        };
    }

    /// <summary>All that the tier is made of, wherever it may be.</summary>
    internal static IReadOnlyList<string> Places(MicrovmOptions options) =>
    [
        .. Microvm.Vmm.Allowed(options).SelectMany(v => v.Places(options)),
        .. Beside("skerry-vmm"),
        .. Beside("skerry-shed.so"),
        .. options.KernelPath == "auto" ? Beside("guest/kernel") : [options.KernelPath],
        .. options.InitrdPath == "auto" ? Beside("guest/initrd") : [options.InitrdPath],
    ];

    private static string[] Beside(string name) => [Path.Combine(AppContext.BaseDirectory, name), Path.Combine("/usr/lib/skerry", name)];

    private static string Where(string configured) => configured == "auto" ? string.Empty : $": there is no file {configured}";

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}
