using System.Text;
using System.Text.Json;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// What a QEMU without anybody at its control writes down: it reads its two commands from one file and writes answers and events to another
/// (docs/interop/qmp-spec.rst; -chardev pipe opens PATH.in and PATH.out, and both may be files). Its exit code is 0 for a guest that was switched off and for one that was
/// reset (-no-reboot); the event SHUTDOWN tells them apart.
/// </summary>
/// <remarks>
/// The directory is QEMU's, and what lies there when it has ended is a stranger's. It is in the node's run directory: where that is memory, what QEMU
/// writes there counts as its jail's.
/// </remarks>
internal static class QemuEvents
{
    private const string Name = "qmp";
    private const string Inside = "/run/skerry/said";

    /// <summary>The event that is looked for is the last of all.</summary>
    private const int Tail = 4096;

    /// <summary>The machine stands still (-S) until events are on: not even a guest that ends at once goes unheard.</summary>
    private static readonly byte[] s_commands = "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"cont\"}\n"u8.ToArray();

    /// <summary>For QEMU's command line.</summary>
    internal static IReadOnlyList<string> Arguments { get; } = ["-S", "-chardev", $"pipe,id=events,path={Inside}/{Name}", "-mon", "chardev=events,mode=control"];

    /// <summary>Makes the two files.</summary>
    /// <param name="bundle">The guest's bundle.</param>
    /// <param name="ids">The pod's.</param>
    /// <returns>How the jail is shown them.</returns>
    internal static MountPlan Lay(string bundle, IdRange? ids)
    {
        var said = Said(bundle);
        Carriers.Own(said, ids);
        using var directory = FileCalls.Open(null, said, OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow);
        foreach (var (name, content) in ((string, byte[])[])[(Name + ".in", s_commands), (Name + ".out", [])])
        {
            File.WriteAllBytes(Path.Combine(said, name), content);
            FileCalls.SetOwner(directory, name, ids?.HostStart ?? 0, ids?.HostStart ?? 0);
        }

        return Carriers.Shown(said, Inside, readOnly: false) with { IsOwned = true };
    }

    /// <summary>Whether a machine that has ended was reset, and not switched off. Where nothing is told, it is not said.</summary>
    internal static bool WasReset(string bundle)
    {
        var (directory, _) = FileCalls.TryOpen(null, Said(bundle), OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow);
        using (directory)
        {
            if (directory is null)
            {
                return false;
            }

            var (file, _) = FileCalls.OpenBeneath(directory, Name + ".out", OpenFlags.Read | OpenFlags.NoFollow | OpenFlags.NonBlock);
            using (file)
            {
                if (file is null || FileCalls.Status(file) is not { Kind: FileKind.Regular, Size: > 0 } status)
                {
                    return false;
                }

                var bytes = new byte[Math.Min(status.Size, Tail)];
                var count = FileCalls.Read(file, bytes, status.Size - bytes.Length, Name);
                return Encoding.UTF8.GetString(bytes, 0, count).Split('\n').Any(IsReset);
            }
        }
    }

    private static bool IsReset(string line)
    {
        try
        {
            using var said = JsonDocument.Parse(line);
            return said.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("event"u8, out var name) && name is { ValueKind: JsonValueKind.String } && name.ValueEquals("SHUTDOWN"u8)
                && root.TryGetProperty("data"u8, out var data) && data.ValueKind == JsonValueKind.Object
                && data.TryGetProperty("reason"u8, out var reason) && reason.ValueKind == JsonValueKind.String && reason.ValueEquals("guest-reset"u8);
        }
        catch (JsonException)
        {
            return false; // the first line of the tail, or a stranger's
        }
    }

    private static string Said(string bundle) => Path.Combine(bundle, "said");
}
