using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>
/// Where a path of a container leads by the links on the way, looked up on the node just after the sandbox opened it: gVisor tells only what was
/// asked for. Whoever changes a link within that moment is told by the path that was asked for.
/// </summary>
/// <remarks>
/// The thread that looks watches all containers, and the tree is this one's to build. So the kernel is given a whole path only where it has all of it in memory
/// and no link is on it; else one name at a time, and between two of them names, links and time are counted. Belongs to the sensor's thread, but for the counter.
/// </remarks>
/// <param name="root">The container's root on the node; opened each time, so that nothing of it is held.</param>
/// <param name="mounts">Places in the container where something else is mounted, whose links are not to be seen from here.</param>
internal sealed class RealPaths(string root, IReadOnlyList<string> mounts)
{
    /// <summary>Most look-ups a second: what is over is told as it was asked for.</summary>
    internal const int MostASecond = 2000;

    /// <summary>Most nanoseconds of each second that look-ups may take.</summary>
    internal const long LongestASecond = 50_000_000;

    /// <summary>Most names that are looked at for one path, those of links among them.</summary>
    internal const int MostNames = 256;

    /// <summary>Nanoseconds after which one path is given up.</summary>
    internal const long Longest = 2_000_000;

    private const int MostLinks = 40; // MAXSYMLINKS, linux/namei.h; gVisor follows no more either
    private const int LongestPath = 4096; // PATH_MAX, linux/limits.h
    private const string Processes = "/proc/";
    private const string Root = "/root/";
    private const ResolveFlags Below = ResolveFlags.Beneath | ResolveFlags.NoMagicLinks | ResolveFlags.NoSymlinks | ResolveFlags.NoMountCrossing;

    private readonly List<string> _names = []; // where it leads so far
    private readonly List<string> _rest = []; // what is to be looked at; the next is the last
    private ShareOfSecond _turns;
    private ShareOfSecond _time;
    private long _over;

    /// <summary>Paths that were told as they were asked for, since looking had taken too long already, or would have.</summary>
    internal long Over => Interlocked.Read(ref _over);

    /// <summary>Looks where a path leads. False: there is no time left to look.</summary>
    /// <param name="directory">Absolute; what a relative path is below.</param>
    /// <param name="path">What was asked for.</param>
    /// <param name="real">Where it leads; none: where it says, or that cannot be told.</param>
    internal bool TryFollow(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> path, out byte[] real)
    {
        real = [];
        if (path.IsEmpty || path.Contains((byte)0) || directory.Contains((byte)0))
        {
            return true;
        }

        var begun = KernelClock.Monotonic;
        var looked = path.Length < LongestPath && directory.Length < LongestPath && _turns.Take(MostASecond, begun) && _time.HasLeft(LongestASecond, begun);
        if (looked)
        {
            var text = FileText.Decode(path);
            looked = Look(text[0] == '/' ? text : FileText.Decode(directory) + "/" + text, begun + Longest, out real);
            _time.Spend(KernelClock.Monotonic - begun);
        }

        if (!looked)
        {
            Interlocked.Increment(ref _over);
        }

        return looked;
    }

    private bool Look(string path, long deadline, out byte[] real)
    {
        real = [];
        var isOfProcess = path.StartsWith(Processes, StringComparison.Ordinal) && path.Contains(Root, StringComparison.Ordinal);
        if (!isOfProcess && IsMount(path))
        {
            return true;
        }

        using var top = FileCalls.TryOpen(null, root, OpenFlags.Path | OpenFlags.Directory).Opened;
        if (top is null)
        {
            return true;
        }

        var left = MostNames;
        var isPlain = !isOfProcess && IsPlain(path);
        if (isPlain && IsStraight(top, path.TrimStart('/'), path.AsSpan().Count('/'), ref left) is not null)
        {
            return true;
        }

        _names.Clear();
        _rest.Clear();
        var at = top;
        try
        {
            return Push(path) && Walk(top, ref at, !isPlain, left, deadline, out real);
        }
        finally
        {
            Leave(at, top);
        }
    }

    /// <summary>Goes from name to name. False: it takes too long.</summary>
    private bool Walk(FileDescriptor top, ref FileDescriptor at, bool isNew, int left, long deadline, out byte[] real)
    {
        real = [];
        var (links, isOther) = (0, false);
        while (_rest.Count > 0)
        {
            if (--left < 0 || KernelClock.Monotonic > deadline)
            {
                return false;
            }

            // The root of a process is the container's: what is asked for through it is asked for by another name.
            while (_names.Count == 0 && _rest is [.., "root", not "..", "proc"])
            {
                _rest.RemoveRange(_rest.Count - 3, 3);
                isOther = isNew = true;
            }

            if (isNew && TryRest(at, ref left) is { } isThere)
            {
                return !isThere || !isOther || TryTell(out real);
            }

            isNew = false;
            var name = _rest[^1];
            _rest.RemoveAt(_rest.Count - 1);
            if (name == "..")
            {
                if (!TryGoUp(top, ref at, ref left))
                {
                    return true;
                }

                continue;
            }

            _names.Add(name);
            if (IsMount("/" + string.Join('/', _names)))
            {
                return true;
            }

            var (target, error) = FileCalls.TryReadSymlink(at, name);
            if (target is null)
            {
                if (error != Errno.EINVAL || (_rest.Count > 0 && !TryEnter(ref at, top, name)))
                {
                    return true;
                }

                continue;
            }

            if (++links > MostLinks || target.Length == 0)
            {
                return true;
            }

            (isOther, isNew) = (true, true);
            _names.RemoveAt(_names.Count - 1);
            if (target[0] == '/')
            {
                _names.Clear();
                Leave(at, top);
                at = top;
            }

            if (!Push(target))
            {
                return false;
            }
        }

        return !isOther || TryTell(out real);
    }

    /// <summary>Looks at all that is left at once: whether it is there; null: that is not to be said so.</summary>
    private bool? TryRest(FileDescriptor at, ref int left)
    {
        if (_rest.Count == 0)
        {
            return true;
        }

        if (_rest.Contains(".."))
        {
            return null;
        }

        var rest = string.Join('/', Enumerable.Reverse(_rest));
        if (IsMount("/" + string.Concat(_names.Select(static n => n + "/")) + rest))
        {
            return false;
        }

        var isThere = IsStraight(at, rest, _rest.Count, ref left);
        if (isThere == true)
        {
            _names.AddRange(Enumerable.Reverse(_rest));
        }

        return isThere;
    }

    /// <summary>Whether a path is there without a link on it; null: there is one, or the kernel would have to read something to say so.</summary>
    private static bool? IsStraight(FileDescriptor at, string path, int names, ref int left)
    {
        if (names > left)
        {
            return null;
        }

        left -= names;
        var (straight, error) = FileCalls.TryOpen(at, path, OpenFlags.Path, 0, Below | ResolveFlags.Cached);
        using (straight)
        {
            // EINVAL: the kernel is older than the flag.
            return straight is not null ? true : error is Errno.ELOOP or Errno.EAGAIN or Errno.EINVAL ? null : false;
        }
    }

    /// <summary>Goes to the directory above; the names so far are no links, so that each lies in the one before. False: it is not there any more.</summary>
    private bool TryGoUp(FileDescriptor top, ref FileDescriptor at, ref int left)
    {
        if (_names.Count > 0)
        {
            _names.RemoveAt(_names.Count - 1);
        }

        Leave(at, top);
        at = top;
        left -= _names.Count;
        return _names.Count == 0 || TryEnter(ref at, top, string.Join('/', _names));
    }

    /// <summary>Puts the names of a path before what is left. False: there are too many.</summary>
    private bool Push(string path)
    {
        if (path.AsSpan().Count('/') > MostNames)
        {
            return false;
        }

        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = names.Length - 1; i >= 0; i--)
        {
            if (names[i] != ".")
            {
                _rest.Add(names[i]);
            }
        }

        return _rest.Count <= MostNames;
    }

    private bool TryTell(out byte[] real)
    {
        var text = "/" + string.Join('/', _names);
        real = new byte[FileText.MaxBytes(text.Length)];
        real = real[..FileText.Encode(text, real)];
        if (real.Length >= LongestPath)
        {
            // No rule would be given the whole of it.
            real = [];
        }

        return true;
    }

    private static bool TryEnter(ref FileDescriptor at, FileDescriptor top, string path)
    {
        var next = FileCalls.TryOpen(at, path, OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow, 0, Below).Opened;
        if (next is null)
        {
            return false;
        }

        Leave(at, top);
        at = next;
        return true;
    }

    private static void Leave(FileDescriptor at, FileDescriptor top)
    {
        if (at != top)
        {
            at.Dispose();
        }
    }

    /// <summary>Whether each name in a path is one to look at.</summary>
    private static bool IsPlain(string path) =>
        !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/./", StringComparison.Ordinal) && !path.Contains("/../", StringComparison.Ordinal)
        && !path.EndsWith("/.", StringComparison.Ordinal) && !path.EndsWith("/..", StringComparison.Ordinal);

    private bool IsMount(string path)
    {
        foreach (var mount in mounts)
        {
            if (Isolation.Spec.ContainerPath.IsWithin(path, mount))
            {
                return true;
            }
        }

        return false;
    }
}
