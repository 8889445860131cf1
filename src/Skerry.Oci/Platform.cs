using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Skerry.Oci;

/// <summary>An operating system and processor that an image is made for.</summary>
/// <remarks>
/// Always normalised as containerd does: Go's names (<c>amd64</c>, <c>arm64</c>), <c>arm64/v8</c> and <c>amd64/v1</c> without
/// variant, <c>arm</c> as <c>arm/v7</c>.
/// </remarks>
public sealed record Platform
{
    private const int Carried = 1000;

    /// <param name="os">Operating system as Go names it; any spelling.</param>
    /// <param name="architecture">Architecture; aliases such as x86_64 and aarch64 are understood.</param>
    /// <param name="variant">Variant such as v7; null or empty for none.</param>
    public Platform(string os, string architecture, string? variant = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(os);
        ArgumentException.ThrowIfNullOrEmpty(architecture);
        Os = os.ToLowerInvariant() is var lower && lower == "macos" ? "darwin" : lower;
        (Architecture, Variant) = Normalise(architecture.ToLowerInvariant(), variant?.ToLowerInvariant() ?? "");
    }

    /// <summary>The platform this process runs on; the variant of amd64 is taken as the base level.</summary>
    public static Platform Current { get; } = new("linux", RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        System.Runtime.InteropServices.Architecture.Arm => "arm",
        System.Runtime.InteropServices.Architecture.X86 => "386",
        System.Runtime.InteropServices.Architecture.LoongArch64 => "loong64",
        System.Runtime.InteropServices.Architecture.RiscV64 => "riscv64",
        System.Runtime.InteropServices.Architecture.Ppc64le => "ppc64le",
        System.Runtime.InteropServices.Architecture.S390x => "s390x",
        var other => other.ToString().ToLowerInvariant(),
    });

    /// <summary>Operating system: <c>linux</c>.</summary>
    public string Os { get; }

    /// <summary>Architecture: <c>amd64</c>.</summary>
    public string Architecture { get; }

    /// <summary>Variant: <c>v7</c>; null for none.</summary>
    public string? Variant { get; }

    /// <summary>
    /// Whether images made for it hold WebAssembly and not programs of a processor: <c>wasi/wasm</c> as docker and buildx write it,
    /// <c>wasip1/wasm</c> and <c>wasip2/wasm</c> as the CNCF's artifact layout does.
    /// </summary>
    public bool IsWebAssembly => Os is "wasi" or "wasip1" or "wasip2" && Architecture is "wasm" or "wasm32";

    /// <summary>Parses <c>os/architecture[/variant]</c>.</summary>
    /// <exception cref="OciFormatException">Not two or three parts of letters, digits, '_', '.' and '-'.</exception>
    public static Platform Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var platform)
            ? platform
            : throw new OciFormatException("platform", 0, $"'{text}' is not os/architecture[/variant], for example linux/arm64 or linux/arm/v7");
    }

    /// <summary>As <see cref="Parse"/>, with false instead of the exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Platform? platform)
    {
        platform = null;
        var parts = text?.Split('/');
        if (parts is not { Length: 2 or 3 } || !parts.All(IsPart))
        {
            return false;
        }

        platform = new Platform(parts[0], parts[1], parts.Length == 3 ? parts[2] : null);
        return true;
    }

    /// <summary>How well an image made for <paramref name="image"/> runs here: 0 is exact, higher is an older fallback, null is not at all.</summary>
    /// <remarks>containerd's <c>platforms.Only</c>: arm falls back to lower variants, arm64 to arm, amd64 to lower levels and 386; and last to WebAssembly.</remarks>
    public int? Rank(Platform image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.IsWebAssembly && !IsWebAssembly)
        {
            // Any Linux carries it, and nobody gets it who could have a program of the processor.
            return Os == "linux" ? Carried : null;
        }

        if (Os != image.Os)
        {
            return null;
        }

        if (Architecture == image.Architecture && (Variant ?? "") == (image.Variant ?? ""))
        {
            return 0;
        }

        // variants count down; the classes below a whole architecture start at 100
        return (Architecture, image.Architecture) switch
        {
            ("arm", "arm") or ("amd64", "amd64") or ("arm64", "arm64") => Below(Level(this), Level(image), 0),
            ("arm64", "arm") => Below(8, Level(image), 100),
            ("amd64", "386") => 100,
            _ => null,
        };
    }

    /// <summary>Whether an image made for <paramref name="image"/> runs here, be it as a fallback.</summary>
    public bool Accepts(Platform image) => Rank(image) is not null;

    /// <summary><c>os/architecture[/variant]</c>.</summary>
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";

    private static int? Below(int mine, int theirs, int from) => mine >= theirs && theirs >= 0 && mine >= 0 ? from + mine - theirs : null;

    private static int Level(Platform platform) => (platform.Architecture, platform.Variant) switch
    {
        ("arm64", null) => 8,
        ("amd64", null) => 1,
        (_, ['v', >= '1' and <= '9' and var digit]) => digit - '0',
        _ => -1,
    };

    private static bool IsPart(string part) =>
        part.Length is > 0 and <= 64 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static (string, string?) Normalise(string architecture, string variant) => architecture switch
    {
        "i386" or "i686" => ("386", null),
        "386" => ("386", null),
        "x86_64" or "x86-64" or "amd64" => ("amd64", variant is "" or "v1" ? null : variant),
        "aarch64" or "arm64" => ("arm64", variant is "" or "8" or "v8" ? null : variant),
        "armhf" => ("arm", "v7"),
        "armel" => ("arm", "v6"),
        "arm" => ("arm", variant is "" or "7" ? "v7" : variant is "5" or "6" or "8" ? "v" + variant : variant),
        _ => (architecture, variant is "" ? null : variant),
    };
}
