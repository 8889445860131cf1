using System.Security.Cryptography;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Oci.Layers;

namespace Skerry.Node.Pods.Copying;

/// <summary>
/// Unpacks a tar stream in a directory of a container, while the container may change it. A file or link comes to be under a name of its
/// own and is then moved to its place: who reads sees the old one or the new one. It belongs to its owner from its first moment, so
/// nothing is ever changed through a name that the container could exchange. Directories that are there keep their mode and owner.
/// </summary>
/// <remarks>Devices are refused. Of extended attributes only those of users are taken. Runs on a thread of <paramref name="identity"/>.</remarks>
internal sealed class TreeUnpacking(ContainerRoot root, FileIdentity identity, CancellationToken cancel)
{
    private const uint NewFile = 0x180; // 0600 until its content is there
    private const uint NewDirectory = 0x1ED; // 0755
    private const int MostEntries = 1_000_000;

    private static readonly LayerLimits Limits = new() { MaxEntries = MostEntries };

    private readonly List<(string Path, FileTime Modified)> _made = [];
    private FileDescriptor? _parent;
    private string _parentPath = string.Empty;
    private string _target = string.Empty;

    /// <summary>Unpacks everything below <paramref name="path"/>.</summary>
    /// <returns>How many entries came to be.</returns>
    /// <exception cref="PodException">The directory is not there, or an entry cannot be made in it.</exception>
    /// <exception cref="Oci.OciFormatException">The stream is no tar.</exception>
    internal long Unpack(Stream tar, string path)
    {
        _target = path;
        using var target = root.Open(path, OpenFlags.Path | OpenFlags.Directory);
        root.RefuseDoor(target, path);
        using var reader = new LayerReader(tar, Limits, leaveOpen: true);
        try
        {
            long count = 0;
            while (reader.Read() is { } entry)
            {
                cancel.ThrowIfCancellationRequested();
                One(target, reader, entry);
                count++;
            }

            // Last, and deepest first: filling a directory changes its time.
            foreach (var (made, modified) in Enumerable.Reverse(_made))
            {
                var (directory, _) = FileCalls.OpenBeneath(target, made, OpenFlags.Directory | OpenFlags.NoFollow);
                using (directory)
                {
                    if (directory is not null)
                    {
                        FileCalls.SetModified(directory, modified.Seconds, (uint)modified.Nanoseconds);
                    }
                }
            }

            return count;
        }
        finally
        {
            _parent?.Dispose();
        }
    }

    private void One(FileDescriptor target, LayerReader reader, LayerEntry entry)
    {
        // Names that mean something to layers (.wh.x) are plain names here.
        var path = SafePath.Of(entry.RawPath, Limits);
        if (!path.IsSafe)
        {
            throw PodException.Invalid($"the archive holds '{PathBytes.Printable(entry.RawPath)}': {path.Refusal}");
        }

        if (path.IsRoot)
        {
            if (entry.Type != LayerEntryType.Directory)
            {
                throw PodException.Invalid($"the archive would replace {_target} itself by something that is no directory");
            }

            return;
        }

        // Root of the container makes what is on the way there.
        identity.Assume(root.ToHost(0, _target), root.ToHost(0, _target));
        var parent = Parent(target, path.Parent.Value);
        identity.Assume(root.ToHost(entry.Uid, path.Value), root.ToHost(entry.Gid, path.Value));
        try
        {
            if (entry.Type == LayerEntryType.Directory)
            {
                Directory(parent, path, entry);
            }
            else
            {
                Place(target, parent, path, reader, entry);
            }
        }
        catch (LinuxException error) when (error.Error is Errno.EROFS or Errno.EISDIR or Errno.ENOTDIR or Errno.EOVERFLOW)
        {
            throw error.Error switch
            {
                Errno.EROFS => PodException.State($"{Where(path)} is on a read-only file system"),
                Errno.EOVERFLOW => PodException.State($"{Where(path)}: the file system there does not know the owner {entry.Uid}:{entry.Gid}"),
                _ => PodException.State($"{Where(path)}: {error.Message}"),
            };
        }
    }

    private void Directory(FileDescriptor parent, SafePath path, LayerEntry entry)
    {
        if (FileCalls.MakeDirectory(parent, path.Name, NewDirectory))
        {
            var (made, error) = FileCalls.OpenBeneath(parent, path.Name, OpenFlags.Directory | OpenFlags.NoFollow);
            using (made)
            {
                // The container may have put another directory there: only what belongs to the new owner gets the mode.
                if (made is null || FileCalls.Status(made).Uid != root.ToHost(entry.Uid, path.Value))
                {
                    throw PodException.State($"{Where(path)} was replaced while it was copied to ({error})", "stop the container, or pause it, and copy again");
                }

                FileCalls.SetMode(made, (uint)entry.Mode);
            }

            _made.Add((path.Value, entry.MTime));
            return;
        }

        // There is something: a directory, or a link to one that stays.
        var (there, _) = FileCalls.OpenInRoot(root.Directory, Join(_target, path.Value), OpenFlags.Path | OpenFlags.Directory);
        using (there)
        {
            if (there is null)
            {
                throw PodException.State($"{Where(path)} is there and no directory; the archive has a directory of that name");
            }
        }
    }

    private void Place(FileDescriptor target, FileDescriptor parent, SafePath path, LayerReader reader, LayerEntry entry)
    {
        var there = FileCalls.Status(parent, path.Name);
        if (there?.Kind == FileKind.Directory)
        {
            throw PodException.State($"{Where(path)} is a directory, and the archive has something else of that name", "remove it first, or copy to another place");
        }

        // A rename from outside the container's mount namespace would silently take the mount away (rename(2) asks only the caller's own).
        if (there is not null && there.Value.MountId != FileCalls.Status(parent).MountId)
        {
            throw PodException.State($"{Where(path)} is a mount of its own and cannot be replaced", "write to what is mounted there");
        }

        // 1. Under a name of its own.
        var making = ".skerry-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        try
        {
            switch (entry.Type)
            {
                case LayerEntryType.File:
                    File(parent, making, reader, entry);
                    break;
                case LayerEntryType.Symlink:
                    FileCalls.MakeSymlink(parent, making, entry.LinkTarget);
                    break;
                case LayerEntryType.HardLink:
                    Link(target, parent, making, entry);
                    break;
                case LayerEntryType.Fifo:
                    FileCalls.MakeNode(parent, making, FileKind.Fifo, (uint)entry.Mode);
                    break;
                default:
                    throw PodException.Refused($"{Where(path)}: devices are not copied into a container", "start it with --device");
            }

            // 2. To its place.
            FileCalls.Rename(parent, making, parent, path.Name);
        }
        finally
        {
            // What was moved is no longer there; what was not must not stay. Two names of one file are not moved (rename(2)).
            FileCalls.Unlink(parent, making);
        }
    }

    private void File(FileDescriptor parent, string making, LayerReader reader, LayerEntry entry)
    {
        var (opened, error) = FileCalls.OpenBeneath(parent, making, OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, NewFile);
        using var file = opened ?? throw LinuxException.Of("openat2", $"{root.Name}:{entry.RawPath}", error);
        reader.CopyContentTo((offset, data) =>
        {
            cancel.ThrowIfCancellationRequested();
            FileCalls.Write(file, data, offset, entry.RawPath);
        });
        FileCalls.SetLength(file, entry.Size);
        foreach (var attribute in entry.Xattrs.Where(static x => x.Name.StartsWith("user.", StringComparison.Ordinal)))
        {
            try
            {
                FileCalls.SetXattr(file, attribute.Name, attribute.Value.Span);
            }
            catch (LinuxException refused) when (refused.Error == Errno.EOPNOTSUPP)
            {
                break; // tmpfs of older kernels has none
            }
        }

        FileCalls.SetMode(file, (uint)entry.Mode);
        FileCalls.SetModified(file, entry.MTime.Seconds, (uint)entry.MTime.Nanoseconds);
    }

    /// <summary>Only to a plain file below the same directory, so that no archive gives a second name to something it was not shown.</summary>
    private void Link(FileDescriptor target, FileDescriptor parent, string making, LayerEntry entry)
    {
        var to = entry.HardLinkPath;
        if (!to.IsSafe || to.IsRoot)
        {
            throw PodException.Invalid($"the archive holds '{PathBytes.Printable(entry.RawPath)}', a link to '{PathBytes.Printable(entry.LinkTarget)}', which is not in it");
        }

        var (directory, error) = FileCalls.OpenBeneath(target, to.Parent.IsRoot ? "." : to.Parent.Value, OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow);
        using var from = directory ?? throw root.Refusal(Join(_target, to.Value), error);
        if (FileCalls.Status(from, to.Name)?.Kind != FileKind.Regular)
        {
            throw PodException.Invalid($"the archive holds '{PathBytes.Printable(entry.RawPath)}', a link to {Where(to)}, which is no file of it");
        }

        FileCalls.MakeHardLink(from, to.Name, parent, making);
    }

    /// <summary>The directory that an entry goes to, made where it is missing.</summary>
    private FileDescriptor Parent(FileDescriptor target, string path)
    {
        if (_parent is not null && _parentPath == path)
        {
            return _parent;
        }

        _parent?.Dispose();
        _parent = null;
        var opened = TryParent(target, path, out var error);
        if (opened is null && error == Errno.ENOENT)
        {
            var cut = path.LastIndexOf('/');
            var above = Parent(target, cut < 0 ? string.Empty : path[..cut]);
            if (FileCalls.MakeDirectory(above, path[(cut + 1)..], NewDirectory))
            {
                opened = TryParent(target, path, out error);
            }
        }

        if (opened is null)
        {
            throw root.Refusal(Join(_target, path), error);
        }

        _parent?.Dispose();
        (_parent, _parentPath) = (opened, path);
        return opened;
    }

    /// <summary>Without passing a link; where the container has one on the way, as the container would follow it.</summary>
    private FileDescriptor? TryParent(FileDescriptor target, string path, out Errno error)
    {
        (var opened, error) = FileCalls.OpenBeneath(target, path.Length == 0 ? "." : path, OpenFlags.Path | OpenFlags.Directory);
        if (opened is null && error is Errno.ELOOP or Errno.EXDEV)
        {
            (opened, error) = FileCalls.OpenInRoot(root.Directory, Join(_target, path), OpenFlags.Path | OpenFlags.Directory);
        }

        if (opened is not null && ContainerRoot.IsDoor(opened))
        {
            using (opened)
            {
                root.RefuseDoor(opened, Join(_target, path));
            }
        }

        return opened;
    }

    private string Where(SafePath path) => root.Name + ":" + Join(_target, path.Value);

    private static string Join(string directory, string below) => below.Length == 0 ? directory : $"{directory.TrimEnd('/')}/{below}";
}
