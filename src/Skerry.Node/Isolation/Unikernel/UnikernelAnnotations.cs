using System.Text;
using System.Text.Json;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// Reads urunc's description of an image that is a kernel (urunc.io, "Packaging unikernels"): annotations of its manifest, else labels of
/// its configuration, else a file urunc.json in its root, with the same keys and base64 for values. All of it is a stranger's text: it becomes a
/// closed set of values or a refusal, and one place is taken whole, so that no two of them mix.
/// </summary>
internal static class UnikernelAnnotations
{
    /// <summary>Keys begin so.</summary>
    internal const string Prefix = "com.urunc.unikernel.";

    /// <summary>The file in an image's root.</summary>
    internal const string File = "/urunc.json";

    /// <summary>A larger file is none that this reads.</summary>
    internal const int MostBytes = 64 * 1024;

    /// <summary>Linux takes 2048 characters on x86-64 (COMMAND_LINE_SIZE, asm/setup.h), of which the node needs some itself.</summary>
    internal const int MostCommand = 1536;

    private const int MostValue = 4096;
    private const int MostDevice = 67; // MFT_NAME_MAX, mft_abi.h of Solo5
    private const string Field = "image";

    /// <summary>Whether a set of annotations describes a kernel.</summary>
    internal static bool Describe(IReadOnlyDictionary<string, string> annotations) => annotations.Keys.Any(static k => k.StartsWith(Prefix, StringComparison.Ordinal));

    /// <summary>Reads urunc.json.</summary>
    /// <exception cref="SpecRefusedException">It is not what it should be.</exception>
    internal static IReadOnlyDictionary<string, string> ReadFile(ReadOnlyMemory<byte> json)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Refused($"{File} is no JSON object");
            }

            foreach (var member in document.RootElement.EnumerateObject().Where(static m => m.Name.StartsWith(Prefix, StringComparison.Ordinal)))
            {
                values.Add(member.Name, member.Value.ValueKind == JsonValueKind.String
                    ? new UTF8Encoding(false, true).GetString(Convert.FromBase64String(member.Value.GetString()!))
                    : throw Refused($"{member.Name} in {File} is no text"));
            }
        }
        catch (Exception error) when (error is JsonException or FormatException or DecoderFallbackException or InvalidOperationException)
        {
            throw Refused($"{File} is not JSON whose values are base64 of text ({error.Message})");
        }

        return values;
    }

    /// <summary>Reads one set of annotations.</summary>
    /// <exception cref="SpecRefusedException">Something is missing, malformed, or asks for what this tier does not do.</exception>
    internal static UnikernelImage Read(IReadOnlyDictionary<string, string> annotations)
    {
        foreach (var (key, value) in annotations.Where(static a => a.Key.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (value.Length > MostValue || value.Any(char.IsControl))
            {
                throw Refused($"{key} is longer than {MostValue} characters or holds a control character");
            }
        }

        if (IsTrue("mountRootfs") || IsTrue("useDMBlock"))
        {
            throw Refused($"it asks for its root file system as a disk of the guest ({Prefix}mountRootfs, useDMBlock), which this tier does not make", "pack what the guest needs as an initrd or a block image");
        }

        if (Value("vAccel").Length > 0)
        {
            throw Refused($"it asks for acceleration by the host ({Prefix}vAccel), which this tier does not give", "leave the annotation out");
        }

        var command = Value("cmdline");
        return new UnikernelImage
        {
            Kind = Value("unikernelType") switch
            {
                "linux" => UnikernelKind.Linux,
                "unikraft" => UnikernelKind.Unikraft,
                "mirage" => UnikernelKind.Mirage,
                "mewz" => UnikernelKind.Mewz,
                var other => throw Refused($"{Prefix}unikernelType is '{Shown(other)}'; this version runs linux, unikraft, mirage and mewz"),
            },
            Monitor = Value("hypervisor") switch
            {
                "qemu" => MonitorKind.Qemu,
                "firecracker" => MonitorKind.Firecracker,
                "cloud-hypervisor" => MonitorKind.CloudHypervisor,
                "hvt" => MonitorKind.Hvt,
                "spt" => MonitorKind.Spt,
                var other => throw Refused($"{Prefix}hypervisor is '{Shown(other)}'; known are qemu, firecracker, cloud-hypervisor, hvt and spt"),
            },
            Kernel = Place("binary") ?? throw Refused($"{Prefix}binary does not say where the kernel is"),
            Initrd = Place("initrd"),
            Block = Place("block"),
            BlockMountPoint = Place("blkMntPoint") ?? string.Empty,
            NetworkName = Device("solo5NetDev", "service"),
            Command = command.Length <= MostCommand ? command : throw Refused($"{Prefix}cmdline is longer than {MostCommand} characters"),
        };

        string Value(string name) => annotations.TryGetValue(Prefix + name, out var value) ? value : string.Empty;

        bool IsTrue(string name) => Value(name) switch
        {
            "" or "false" or "False" or "FALSE" or "f" or "F" or "0" => false,
            "true" or "True" or "TRUE" or "t" or "T" or "1" => true,
            var other => throw Refused($"{Prefix}{name} is '{Shown(other)}' and not true or false"),
        };

        string Device(string name, string usual)
        {
            var value = Value(name);
            return value.Length == 0 ? usual
                : value.Length <= MostDevice && value.All(char.IsAsciiLetterOrDigit) ? value
                : throw Refused($"{Prefix}{name} is '{Shown(value)}': at most {MostDevice} letters and digits");
        }

        string? Place(string name)
        {
            var value = Value(name);
            if (value.Length == 0)
            {
                return null;
            }

            var clean = ContainerPath.Clean(Prefix + name, value.StartsWith('/') ? value : "/" + value);
            return clean != "/" || name == "blkMntPoint" ? clean : throw Refused($"{Prefix}{name} is the root directory");
        }
    }

    private static string Shown(string value) => value.Length <= 32 ? value : value[..32] + "…";

    private static SpecRefusedException Refused(string why, string next = "correct the image, or use another --tier") => new(Field, why, next);
}
