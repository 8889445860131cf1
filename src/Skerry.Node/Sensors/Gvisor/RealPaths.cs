using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>
/// Where a path of a container leads by the links on the way, looked up on the node just after the sandbox opened it: gVisor tells only what was
/// asked for. Whoever changes a link within that moment is told by the path that was asked for.
/// </summary>
/// <param name="root">The container's root on the node; opened each time, so that nothing of it is held.</param>
/// <param name="mounts">Places in the container where something else is mounted, whose links are not to be seen from here.</param>
internal sealed class RealPaths(string root, IReadOnlyList<string> mounts)
{
    /// <summary>Most look-ups a second: what is over is told as it was asked for.</summary>
    internal const int MostASecond = 2000;

    private const string Processes = "/proc/";
    private const string Root = "/root/";

    private TurnsASecond _turns;

    /// <summary>Where it leads; none: where it says, or that cannot be told.</summary>
    /// <param name="directory">Absolute; what a relative path is below.</param>
    /// <param name="path">What was asked for.</param>
    internal byte[] Follow(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path.Contains((byte)0) || directory.Contains((byte)0) || !_turns.Take(MostASecond))
        {
            return [];
        }

        var text = Encoding.UTF8.GetString(path);
        text = text[0] == '/' ? text : Encoding.UTF8.GetString(directory) + "/" + text;
        var inside = WithoutProcess(text);
        if (mounts.Any(mount => Isolation.Spec.ContainerPath.IsWithin(inside, mount)))
        {
            return [];
        }

        using var top = FileCalls.TryOpen(null, root, OpenFlags.Path | OpenFlags.Directory).Opened;
        if (top is null)
        {
            return [];
        }

        var (straight, error) = FileCalls.TryOpen(top, inside.TrimStart('/'), OpenFlags.Path, 0, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks | ResolveFlags.NoSymlinks);
        using (straight)
        {
            if (straight is not null ? ReferenceEquals(inside, text) : error != Errno.ELOOP)
            {
                return [];
            }
        }

        using var file = FileCalls.OpenInRoot(top, inside.TrimStart('/'), OpenFlags.Path).Opened;
        var found = file is null ? null : PlaceOf(file);
        return found is not null && PlaceOf(top) is { Length: > 1 } above && found.StartsWith(above + "/", StringComparison.Ordinal)
            ? Encoding.UTF8.GetBytes(found[above.Length..])
            : [];
    }

    /// <summary>Null: the kernel cannot say, as where the path is longer than it takes.</summary>
    private static string? PlaceOf(FileDescriptor file)
    {
        try
        {
            return FileCalls.ReadSymlink(null, file.ProcPath);
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    /// <summary>The root of a process is the container's: what is asked for through it is asked for by another name.</summary>
    private static string WithoutProcess(string path)
    {
        while (path.StartsWith(Processes, StringComparison.Ordinal) && path.IndexOf('/', Processes.Length) is > 0 and var end
            && path.AsSpan(end).StartsWith(Root, StringComparison.Ordinal))
        {
            path = path[(end + Root.Length - 1)..];
        }

        return path;
    }
}
