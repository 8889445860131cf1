using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Paths in the arguments of system calls: which argument it is, and its absolute form.</summary>
/// <remarks>A relative path is taken below the working directory of the process; the sensor gives paths below other directories absolute.</remarks>
internal static class EventPaths
{
    private static readonly (int Path, int Source, int Target)[] Positions = [.. EventTypes.All.Select(Find)];

    public static Text Raw(KernelEvent e) => Succeeded(e) ? e.Arguments.Read(Positions[e.Type.Code].Path) : default;

    public static Text RawSource(KernelEvent e) => Succeeded(e) ? e.Arguments.Read(Positions[e.Type.Code].Source) : default;

    public static Text RawTarget(KernelEvent e) => Succeeded(e) ? e.Arguments.Read(Positions[e.Type.Code].Target) : default;

    /// <summary>The path of a call, of one that is about descriptors the descriptor's.</summary>
    public static Text Name(KernelEvent e) =>
        e.Type.Name is "fchmod" or "fchown" ? (Succeeded(e) ? e.Descriptor?.Name ?? default : default) : Resolve(e, Raw(e));

    /// <summary>For evt.abspath: the one path, or "src" or "dst", also of calls that failed.</summary>
    public static Text Absolute(KernelEvent e, string? which)
    {
        var (path, source, target) = Positions[e.Type.Code];
        return Resolve(e, e.Arguments.Read(which switch { "src" => source, "dst" => target, _ => path }));
    }

    /// <summary>The path that an open was about, though it failed and made no descriptor.</summary>
    public static Text Opened(KernelEvent e, bool isRaw) =>
        Positions[e.Type.Code].Path is >= 0 and var position ? (isRaw ? e.Arguments.Read(position) : Resolve(e, e.Arguments.Read(position))) : default;

    public static Text Resolve(KernelEvent e, Text path)
    {
        if (path.IsAbsent)
        {
            return default;
        }

        var scratch = e.Scratch.Begin();
        if (path.Length == 0 || path.Span[0] != '/')
        {
            scratch.Append((e.Process?.WorkingDirectory ?? default).Span).Append((byte)'/');
        }

        return Normalise(e.Scratch, scratch.Append(path.Span).Take());
    }

    /// <summary>Takes out ".", ".." and double slashes.</summary>
    private static Text Normalise(Scratch scratch, Text path)
    {
        var room = scratch.Begin().Reserve(path.Length + 1);
        var length = 0;
        foreach (var range in path.Span.Split((byte)'/'))
        {
            var part = path.Span[range];
            if (part.IsEmpty || part.SequenceEqual("."u8))
            {
                continue;
            }

            if (part.SequenceEqual(".."u8))
            {
                length = Math.Max(0, room[..length].LastIndexOf((byte)'/'));
                continue;
            }

            room[length++] = (byte)'/';
            part.CopyTo(room[length..]);
            length += part.Length;
        }

        if (length == 0)
        {
            room[length++] = (byte)'/';
        }

        scratch.Advance(length);
        return scratch.Take();
    }

    private static bool Succeeded(KernelEvent e) => e.Result is null or >= 0;

    private static (int Path, int Source, int Target) Find(EventType type) => type.Name switch
    {
        "mkdir" or "mkdirat" or "rmdir" or "unlink" or "chown" or "lchown" or "open_by_handle_at" => (At(type, "path"), -1, -1),
        "unlinkat" or "open" or "openat" or "openat2" or "creat" or "umount" or "umount2" => (At(type, "name"), -1, -1),
        "chmod" or "fchmodat" or "fchmodat2" => (At(type, "filename"), -1, -1),
        "fchownat" => (At(type, "pathname"), -1, -1),
        "quotactl" => (At(type, "special"), -1, -1),
        "rename" or "renameat" or "renameat2" => (-1, At(type, "oldpath"), At(type, "newpath")),
        "link" or "linkat" => (-1, At(type, "newpath"), At(type, "oldpath")),
        "symlink" or "symlinkat" => (-1, At(type, "linkpath"), At(type, "target")),
        "mount" => (-1, At(type, "dev"), At(type, "dir")),
        _ => (-1, -1, -1),
    };

    private static int At(EventType type, string argument) => type.PositionOf(EventTypes.ArgumentId(argument));
}
