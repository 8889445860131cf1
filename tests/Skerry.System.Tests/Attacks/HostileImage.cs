using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Attacks;

/// <summary>The small image with what an attacker puts above it, on the tests' registry.</summary>
internal static class HostileImage
{
    private static int _count;

    /// <summary>Pushes the small image with further entries and another process.</summary>
    /// <returns>Its name.</returns>
    internal static async Task<string> Push(Action<LayerWriter>? layer = null, Func<ImageProcess, ImageProcess>? process = null)
    {
        using var builder = TestImages.Small();
        if (layer is not null)
        {
            builder.AddLayer(layer);
        }

        builder.Process = process?.Invoke(builder.Process) ?? builder.Process;
        return await TestRegistry.Push(builder.Build(), $"hostile-{Interlocked.Increment(ref _count).ToString(global::System.Globalization.CultureInfo.InvariantCulture)}:1");
    }

    /// <summary>Writes a symbolic link.</summary>
    internal static void Link(this LayerWriter layer, string name, string target) =>
        layer.Write(new NewEntry(name, LayerEntryType.Symlink) { LinkTarget = target });

    /// <summary>Writes a program.</summary>
    internal static void Program(this LayerWriter layer, string name, ReadOnlySpan<byte> content) =>
        layer.Write(new NewEntry(name, LayerEntryType.File) { Mode = 0x1ED }, content);
}
