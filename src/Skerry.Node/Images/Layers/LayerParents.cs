using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Images.Layers;

/// <summary>A directory of the layer: open, and the path it really has below the root.</summary>
internal sealed record OpenDirectory(FileDescriptor Handle, string RealPath);

/// <summary>
/// Finds, and where missing makes, the directories that entries go into. Every path is resolved by the kernel with the
/// layer's root as the root of the world (openat2 with RESOLVE_IN_ROOT), so that a symbolic link of the same layer leads
/// where it would lead inside a container and never out.
/// </summary>
/// <remarks>
/// What must hold: whoever removes or replaces a directory or a symbolic link calls <see cref="Forget"/>, since paths that
/// are remembered open may mean something else afterwards. One thread.
/// </remarks>
internal sealed class LayerParents(FileDescriptor root, Action<string, bool> onMade) : IDisposable
{
    /// <summary>Directories kept open; archives are mostly sorted, so few are in use at a time.</summary>
    private const int MaxOpen = 64;

    /// <summary>PATH_MAX (linux/limits.h), its NUL included.</summary>
    private const int MaxPathBytes = 4096;

    /// <summary>Symbolic links followed for one path (MAXSYMLINKS of the kernel, fs/namei.c).</summary>
    private const int MaxLinks = 40;

    private const OpenFlags Flags = OpenFlags.Read | OpenFlags.Directory;

    private readonly Dictionary<string, OpenDirectory> _open = new(MaxOpen, StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly OpenDirectory _root = new(root, "");
    private string? _lastPath;
    private OpenDirectory? _last;

    /// <summary>The directory at <paramref name="path"/>, made with all above it where missing. Valid until the next call.</summary>
    /// <exception cref="ImageException">Something on the way is no directory, or links lead nowhere.</exception>
    public OpenDirectory Ensure(ReadOnlySpan<char> path) =>
        path.IsEmpty ? _root : _last is not null && path.SequenceEqual(_lastPath) ? _last : Ensure(path.ToString(), 0);

    /// <summary>The directory at <paramref name="path"/>, or null where there is none. Valid until the next call.</summary>
    public OpenDirectory? Find(string path)
    {
        if (path.Length == 0)
        {
            return _root;
        }

        if (string.Equals(path, _lastPath, StringComparison.Ordinal))
        {
            return _last;
        }

        if (_open.TryGetValue(path, out var known))
        {
            (_lastPath, _last) = (path, known);
            return known;
        }

        var (opened, error) = FileCalls.OpenBeneath(root, path, Flags);
        string real = path;
        if (opened is null && error == Errno.ELOOP)
        {
            // A symbolic link is on the way: the kernel follows it inside the root and then says where that was.
            (opened, error) = FileCalls.OpenInRoot(root, path, Flags);
            real = opened is null ? path : RealPathOf(opened, path);
        }

        return error switch
        {
            Errno.None => Remember(path, new OpenDirectory(opened!, real)),
            Errno.ENOENT or Errno.ENOTDIR => null,
            Errno.ELOOP => throw Refuse(path, "its symbolic links go round in circles"),
            Errno.ENAMETOOLONG => throw Refuse(path, "its path is longer than the kernel takes"),
            _ => throw LinuxException.Of("openat2", path, error),
        };
    }

    /// <summary>Drops what is remembered.</summary>
    public void Forget()
    {
        foreach (var open in _open.Values)
        {
            open.Handle.Dispose();
        }

        _open.Clear();
        _order.Clear();
        (_lastPath, _last) = (null, null);
    }

    public void Dispose() => Forget();

    /// <summary>The directory part of a clean path; empty for the root.</summary>
    public static ReadOnlySpan<char> DirectoryOf(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path.AsSpan(0, slash) : [];

    /// <summary>The last part of a clean path.</summary>
    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Two clean paths, one below the other.</summary>
    public static string Join(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

    private OpenDirectory Ensure(string path, int links)
    {
        if (Find(path) is { } found)
        {
            return found;
        }

        if (links > MaxLinks)
        {
            throw Refuse(path, "its symbolic links go round in circles");
        }

        // The way down, not by recursion on the depth: a hostile path has thousands of components.
        int done = 0;
        var at = _root;
        while (done < path.Length)
        {
            int end = path.IndexOf('/', done);
            end = end < 0 ? path.Length : end;
            string here = path[..end];
            at = Child(at, path[done..end], here) ?? MakeOne(at, path[done..end], here, links);
            done = end + 1;
        }

        return at;
    }

    /// <summary>One step down from an open directory: a path of two thousand components costs two thousand steps, not their square.</summary>
    private OpenDirectory? Child(OpenDirectory parent, string name, string path)
    {
        if (_open.TryGetValue(path, out var known))
        {
            return known;
        }

        var (opened, error) = FileCalls.OpenBeneath(parent.Handle, name, Flags);
        return error switch
        {
            Errno.None => Remember(path, new OpenDirectory(opened!, Join(parent.RealPath, name))),
            Errno.ENOENT or Errno.ENOTDIR => null,
            Errno.ELOOP => Find(path),
            _ => throw LinuxException.Of("openat2", path, error),
        };
    }

    private OpenDirectory MakeOne(OpenDirectory parent, string name, string path, int links)
    {
        // Not the text of the path: a parent may be a link, and the new directory is where that leads.
        string real = Join(parent.RealPath, name);
        if (real.Length > MaxPathBytes / 3 && System.Text.Encoding.UTF8.GetByteCount(real) >= MaxPathBytes)
        {
            throw Refuse(path, "its symbolic links lead to a path longer than the kernel takes");
        }

        if (FileCalls.MakeDirectory(parent.Handle, name, 0x1c0))
        {
            onMade(real, false);
            return Child(parent, name, path)!;
        }

        if (FileCalls.ReadSymlink(parent.Handle, name) is { } target)
        {
            // A link to what is not there (yet): make it, as a program inside would have to.
            Ensure(Resolve(parent.RealPath, target, path), links + 1);
        }
        else if (FileCalls.Status(parent.Handle, name) is { Kind: FileKind.CharacterDevice })
        {
            // A whiteout of this layer: what is put below it brings the directory back, without what lower layers have in it.
            FileCalls.Unlink(parent.Handle, name);
            FileCalls.MakeDirectory(parent.Handle, name, 0x1c0);
            using var made = FileCalls.Open(parent.Handle, name, Flags | OpenFlags.NoFollow);
            FileCalls.SetXattr(made, LayerXattrs.Opaque, "y"u8);
            onMade(real, true);
        }
        else
        {
            throw Refuse(path, "it is no directory, but the layer has something below it");
        }

        return Find(path) ?? throw Refuse(path, "a symbolic link in it leads nowhere");
    }

    private static string Resolve(string directory, string target, string path)
    {
        // Only text is joined here; where it leads is decided by the kernel, inside the root, when it is opened.
        var parts = new List<string>(target.StartsWith('/') ? [] : directory.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count > 0)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        string joined = string.Join('/', parts);
        return joined.Length <= 4096 ? joined : throw Refuse(path, "its symbolic links make a path longer than the kernel takes");
    }

    private string RealPathOf(FileDescriptor directory, string path)
    {
        // Both texts are the kernel's, so the root's is a prefix; if it is not, somebody moved the root.
        string top = FileCalls.ReadSymlink(null, root.ProcPath) ?? "";
        string full;
        try
        {
            full = FileCalls.ReadSymlink(null, directory.ProcPath) ?? "";
        }
        catch (LinuxException e) when (e.Error == Errno.ENAMETOOLONG)
        {
            directory.Dispose();
            throw Refuse(path, "its symbolic links lead to a path longer than the kernel takes");
        }

        if (full == top)
        {
            return "";
        }

        if (top.Length == 0 || !full.StartsWith(top + "/", StringComparison.Ordinal))
        {
            directory.Dispose();
            throw Refuse(path, $"it was resolved to {full}, which is not below {top}");
        }

        return full[(top.Length + 1)..];
    }

    private OpenDirectory Remember(string path, OpenDirectory directory)
    {
        if (_open.Count >= MaxOpen)
        {
            _open.Remove(_order.Dequeue(), out var oldest);
            oldest!.Handle.Dispose();
        }

        _open.Add(path, directory);
        _order.Enqueue(path);
        (_lastPath, _last) = (path, directory);
        return directory;
    }

    private static ImageException Refuse(string path, string reason) =>
        new(ImageProblem.Refused, $"unpack {Oci.Layers.PathBytes.Printable(path)}: {reason}");
}
