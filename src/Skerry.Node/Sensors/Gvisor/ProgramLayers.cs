using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Linux.Files;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>
/// Says which layer of a container's root a program is from, by looking: gVisor sees one file system and cannot tell. A program that is nowhere
/// was in the writable layer, since one of the image leaves a mark there when it is removed, or is in the sandbox's own memory (/tmp).
/// </summary>
/// <remarks>
/// The thread that looks watches all containers, and the writable layer is this one's to build: no link is followed, and a path of more names than programs of images have
/// is not looked for. What the image has never changes and is remembered. Belongs to the sensor's thread, but for the counter.
/// </remarks>
/// <param name="upper">Path of the writable layer on the node.</param>
/// <param name="lower">Paths of the image's layers on the node.</param>
/// <param name="mounts">Places in the container where something else is mounted.</param>
internal sealed class ProgramLayers(string upper, IReadOnlyList<string> lower, IReadOnlyList<string> mounts)
{
    /// <summary>Most programs a second that are looked for: of what is over no layer is told.</summary>
    internal const int MostASecond = 2000;

    /// <summary>Most names in the path of a program that the image may have.</summary>
    internal const int MostNames = 64;

    private const int MostKnown = 256;
    private const int LongestKnown = 256;
    private const ResolveFlags Below = ResolveFlags.Beneath | ResolveFlags.NoMagicLinks | ResolveFlags.NoSymlinks | ResolveFlags.NoMountCrossing;

    private readonly Dictionary<string, bool> _known = new(StringComparer.Ordinal); // whether the image has it
    private ShareOfSecond _turns;
    private long _over;

    /// <summary>Programs that were not looked for, since there were too many at once.</summary>
    internal long Over => Interlocked.Read(ref _over);

    /// <summary>The layer of a program.</summary>
    /// <param name="path">Its path in the container, without links.</param>
    internal FileLayer Of(ReadOnlySpan<byte> path)
    {
        if (path.Contains((byte)0))
        {
            return FileLayer.None;
        }

        if (!_turns.Take(MostASecond, KernelClock.Monotonic))
        {
            Interlocked.Increment(ref _over);
            return FileLayer.None;
        }

        if (path.Count((byte)'/') > MostNames)
        {
            return FileLayer.Upper;
        }

        var text = FileText.Decode(path);
        foreach (var mount in mounts)
        {
            if (Isolation.Spec.ContainerPath.IsWithin(text, mount))
            {
                return FileLayer.None;
            }
        }

        return Kind(upper, text) switch
        {
            null => IsOfImage(text) ? FileLayer.Lower : FileLayer.Upper,
            FileKind.CharacterDevice => FileLayer.None, // the mark of an overlay: the image had it, and it was removed since
            _ => FileLayer.Upper, // also where something else has its name by now
        };
    }

    private bool IsOfImage(string path)
    {
        if (_known.TryGetValue(path, out var isOf))
        {
            return isOf;
        }

        foreach (var layer in lower)
        {
            isOf |= Kind(layer, path) is not null;
            if (isOf)
            {
                break;
            }
        }

        if (path.Length <= LongestKnown)
        {
            if (_known.Count == MostKnown)
            {
                _known.Clear();
            }

            _known[path] = isOf;
        }

        return isOf;
    }

    private static FileKind? Kind(string layer, string path)
    {
        using var root = FileCalls.TryOpen(null, layer, OpenFlags.Path | OpenFlags.Directory).Opened;
        if (root is null)
        {
            return null;
        }

        using var file = FileCalls.TryOpen(root, path.TrimStart('/'), OpenFlags.Path | OpenFlags.NoFollow, 0, Below).Opened;
        return file is null ? null : FileCalls.Status(file).Kind;
    }
}
