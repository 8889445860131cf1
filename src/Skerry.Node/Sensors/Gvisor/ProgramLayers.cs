using System.Text;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Linux.Files;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>
/// Says which layer of a container's root a program is from, by looking: gVisor sees one file system and cannot tell. A program that is nowhere
/// was in the writable layer, since one of the image leaves a mark there when it is removed, or is in the sandbox's own memory (/tmp).
/// </summary>
/// <param name="upper">Path of the writable layer on the node.</param>
/// <param name="lower">Paths of the image's layers on the node.</param>
/// <param name="mounts">Places in the container where something else is mounted.</param>
internal sealed class ProgramLayers(string upper, IReadOnlyList<string> lower, IReadOnlyList<string> mounts)
{
    /// <summary>The layer of a program.</summary>
    /// <param name="path">Its path in the container, without links.</param>
    internal FileLayer Of(ReadOnlySpan<byte> path)
    {
        var text = Encoding.UTF8.GetString(path);
        if (path.Contains((byte)0) || mounts.Any(mount => Isolation.Spec.ContainerPath.IsWithin(text, mount)))
        {
            return FileLayer.None;
        }

        return Kind(upper, text) switch
        {
            FileKind.Regular => FileLayer.Upper,
            null => lower.Any(layer => Kind(layer, text) is not null) ? FileLayer.Lower : FileLayer.Upper,
            _ => FileLayer.None, // the mark of an overlay: the image had it, and it was removed since
        };
    }

    private static FileKind? Kind(string layer, string path)
    {
        using var root = FileCalls.TryOpen(null, layer, OpenFlags.Path | OpenFlags.Directory).Opened;
        if (root is null)
        {
            return null;
        }

        using var file = FileCalls.OpenInRoot(root, path.TrimStart('/'), OpenFlags.Path | OpenFlags.NoFollow).Opened;
        return file is null ? null : FileCalls.Status(file).Kind;
    }
}
