using System.Security.Cryptography;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Oci.Layers;

namespace Skerry.Node.Images.Layers;

/// <summary>
/// Puts the entries of one layer on disk in overlayfs form: whiteouts are character devices 0:0, opaque directories carry
/// trusted.overlay.opaque. Owners are those of the archive; nothing is shifted, since the overlay mounts id-mapped.
/// </summary>
/// <remarks>
/// <para>What must hold: no call names more than one component below a directory that <see cref="LayerParents"/> opened;
/// nothing is created through a symbolic link; directories stay 0700 and ours until <see cref="Finish"/>, so that neither
/// an inherited group nor a mode of the archive matters while files are made.</para>
/// <para>A file gets, in this order: content, owner (clears setuid and capabilities), mode, attributes, time. One thread.</para>
/// </remarks>
internal sealed partial class LayerTree : IDisposable
{
    private const int MaxNotes = 100;

    /// <summary>Characters of the paths of all directories: a million directories of usual depth have less.</summary>
    private const long MaxDirectoryChars = 64L << 20;

    // What an inode and its name take, roughly, and the block that content is rounded up to (ext4's defaults).
    private const int InodeBytes = 512;
    private const int BlockBytes = 4096;

    private readonly FileDescriptor _root;
    private readonly InventoryWriter _inventory;
    private readonly ImagesOptions _options;
    private readonly LayerParents _parents;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<string, DirectoryState> _directories = new(StringComparer.Ordinal);
    private readonly ContentSink _sink;
    private FileDescriptor? _file;
    private string _filePath = "";
    private long _written;
    private long _dataBytes;
    private long _apparentBytes;
    private long _directoryChars;

    public LayerTree(FileDescriptor root, InventoryWriter inventory, ImagesOptions options)
    {
        _root = root;
        _inventory = inventory;
        _options = options;
        _parents = new LayerParents(root, MadeOnTheWay);
        _sink = WriteContent;
        _directories[""] = DirectoryState.MadeOnTheWay;
    }

    /// <summary>Directories that entries lie in but that the layer does not describe, the root left out.</summary>
    public IEnumerable<string> ImplicitDirectories => _directories.Where(d => d.Value.IsImplicit && d.Key.Length > 0).Select(d => d.Key);

    /// <summary>Bytes of content.</summary>
    public long Bytes { get; private set; }

    /// <summary>About what it takes on disk: whole blocks of content and an inode each.</summary>
    public long DiskBytes { get; private set; }

    /// <summary>Names made.</summary>
    public long Entries { get; private set; }

    /// <summary>True where the layer hides all layers beneath it.</summary>
    public bool HidesAllBelow { get; private set; }

    /// <summary>What was left out, for people; the first hundred.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Puts one entry on disk; its content is read from <paramref name="reader"/>.</summary>
    /// <exception cref="ImageException">The entry is not allowed.</exception>
    /// <exception cref="LinuxException">The kernel refused; the disk is full.</exception>
    public void Apply(LayerEntry entry, LayerReader reader)
    {
        if (!entry.SafePath.IsSafe)
        {
            throw Refuse(entry, entry.SafePath.Refusal ?? "its path is empty");
        }

        foreach (var attribute in entry.Xattrs)
        {
            if (LayerXattrs.Judge(attribute, entry.Type, out string reason) == XattrRule.Refuse)
            {
                throw Refuse(entry, reason);
            }
        }

        if (entry.Whiteout != WhiteoutKind.None)
        {
            ApplyWhiteout(entry);
            return;
        }

        if (entry.SafePath.IsRoot)
        {
            if (entry.Type != LayerEntryType.Directory)
            {
                throw Refuse(entry, "the root of a layer is a directory, and nothing else can take its place");
            }

            Describe(_root, "", entry);
            return;
        }

        Entries++;
        DiskBytes += InodeBytes;
        switch (entry.Type)
        {
            case LayerEntryType.Directory:
                MakeDirectory(entry);
                break;
            case LayerEntryType.File:
                MakeFile(entry, reader);
                break;
            case LayerEntryType.Symlink:
                MakeSymlink(entry);
                break;
            case LayerEntryType.HardLink:
                MakeHardLink(entry);
                break;
            case LayerEntryType.Fifo:
                MakeFifo(entry);
                break;
            case LayerEntryType.CharDevice or LayerEntryType.BlockDevice when _options.DeviceNodes == DeviceNodes.Skip:
                Note(entry, $"device {entry.DeviceMajor}:{entry.DeviceMinor} left out");
                break;
            default:
                throw Refuse(entry, "device nodes are not allowed on this node");
        }
    }

    /// <summary>
    /// Gives every directory its owner, mode, attributes and time, now that nothing is put into it any more. Directories the
    /// layer does not describe take theirs from <paramref name="below"/>: the same directory in the layers beneath.
    /// </summary>
    public void Finish(Func<string, FileStatus?> below)
    {
        _parents.Forget();
        foreach (var (path, described) in _directories)
        {
            var state = described;
            if (state.IsImplicit)
            {
                var status = path.Length == 0 ? null : below(path);
                state = state with
                {
                    Mode = status?.Mode ?? 0x1ed,
                    Uid = status?.Uid ?? 0,
                    Gid = status?.Gid ?? 0,
                    MTime = status is { } s ? new FileTime(s.ModifiedSeconds, (int)s.ModifiedNanoseconds) : default,
                };
            }

            var (opened, error) = path.Length == 0
                ? FileCalls.TryOpen(_root, ".", OpenFlags.Read | OpenFlags.Directory)
                : FileCalls.OpenBeneath(_root, path, OpenFlags.Read | OpenFlags.Directory);
            if (error is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
            {
                // A later entry took the place of it or of what was above it.
                continue;
            }

            using var directory = opened ?? throw LinuxException.Of("openat2", path, error);
            FileCalls.SetOwner(directory, state.Uid, state.Gid);
            FileCalls.SetMode(directory, state.Mode);
            FileCalls.SetModified(directory, state.MTime.Seconds, (uint)state.MTime.Nanoseconds);
            var xattrs = state.IsOpaque ? [.. state.Xattrs, new(LayerXattrs.Opaque, "y"u8.ToArray())] : state.Xattrs;
            _inventory.Add(new InventoryEntry(path, FileKind.Directory, state.Mode, state.Uid, state.Gid, 0, state.MTime.Seconds, (uint)state.MTime.Nanoseconds, "", "", xattrs));
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _parents.Dispose();
        _hash.Dispose();
    }

    private void MakeDirectory(LayerEntry entry)
    {
        var (parent, name, path) = Place(entry);
        bool replacesWhiteout = false;
        if (FileCalls.MakeDirectory(parent.Handle, name, 0x1c0))
        {
            _directories.Remove(path);
        }
        else if (FileCalls.Status(parent.Handle, name) is { Kind: var kind } && kind != FileKind.Directory)
        {
            replacesWhiteout = kind == FileKind.CharacterDevice;
            (parent, name, path) = Clear(entry);
            FileCalls.MakeDirectory(parent.Handle, name, 0x1c0);
            _directories.Remove(path);
        }

        using var directory = FileCalls.Open(parent.Handle, name, OpenFlags.Read | OpenFlags.Directory | OpenFlags.NoFollow);
        if (replacesWhiteout)
        {
            FileCalls.SetXattr(directory, LayerXattrs.Opaque, "y"u8);
        }

        Describe(directory, path, entry);
        if (replacesWhiteout)
        {
            _directories[path] = _directories[path] with { IsOpaque = true };
        }
    }

    private void MakeFile(LayerEntry entry, LayerReader reader)
    {
        // A hole costs nothing on disk but is hashed like any other byte, so all files together are bounded as the tar is.
        _apparentBytes += entry.Size;
        if (_apparentBytes > _options.LayerLimits.MaxUnpackedBytes)
        {
            throw Refuse(entry, $"the files of the layer, holes included, are more than {_options.LayerLimits.MaxUnpackedBytes} bytes");
        }

        const OpenFlags flags = OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        var (parent, name, path) = Place(entry);
        var (opened, error) = FileCalls.TryOpen(parent.Handle, name, flags, 0x180);
        if (error == Errno.EEXIST)
        {
            (parent, name, path) = Clear(entry);
            (opened, error) = FileCalls.TryOpen(parent.Handle, name, flags, 0x180);
        }

        using var file = opened ?? throw LinuxException.Of("openat2", PathBytes.Printable(path), error);
        _file = file;
        _filePath = path;
        _written = 0;
        _dataBytes = 0;
        reader.CopyContentTo(_sink);
        HashHole(entry.Size);
        if (entry.Segments is not null)
        {
            FileCalls.SetLength(file, entry.Size);
        }

        // Write-back of what is large starts now; small files go together with the flush of the whole layer.
        if (entry.Size >= 1 << 20)
        {
            FileCalls.StartWriteBack(file, 0, 0);
        }

        if (entry.Uid != 0 || entry.Gid != 0)
        {
            FileCalls.SetOwner(file, entry.Uid, entry.Gid);
        }

        FileCalls.SetMode(file, (uint)entry.Mode);
        var xattrs = SetXattrs(file, entry);
        FileCalls.SetModified(file, entry.MTime.Seconds, (uint)entry.MTime.Nanoseconds);
        _file = null;
        Bytes += entry.Size;
        DiskBytes += (_dataBytes + BlockBytes - 1) / BlockBytes * BlockBytes;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(digest);
        _inventory.Add(new InventoryEntry(path, FileKind.Regular, (uint)entry.Mode, entry.Uid, entry.Gid, entry.Size, entry.MTime.Seconds, (uint)entry.MTime.Nanoseconds,
            Convert.ToHexStringLower(digest), "", xattrs));
    }

    private void MakeSymlink(LayerEntry entry)
    {
        if (entry.LinkTarget.Length == 0)
        {
            throw Refuse(entry, "a symbolic link to nothing");
        }

        var (parent, name, path) = Place(entry);
        if (!FileCalls.MakeSymlink(parent.Handle, name, entry.LinkTarget))
        {
            (parent, name, path) = Clear(entry);
            FileCalls.MakeSymlink(parent.Handle, name, entry.LinkTarget);
        }

        NoteXattrs(entry);
        Own(parent, name, entry);
        FileCalls.SetModified(parent.Handle, name, entry.MTime.Seconds, (uint)entry.MTime.Nanoseconds);
        Record(path, FileKind.Symlink, entry, 0x1ff, entry.LinkTarget);
    }

    private void MakeHardLink(LayerEntry entry)
    {
        if (!entry.HardLinkPath.IsSafe || entry.HardLinkPath.IsRoot)
        {
            throw Refuse(entry, $"hard link: {entry.HardLinkPath.Refusal ?? "its target is the root"}");
        }

        string target = entry.HardLinkPath.Value;
        string targetName = LayerParents.NameOf(target);
        var found = _parents.Find(LayerParents.DirectoryOf(target).ToString()) ?? throw NoTarget(entry, target);
        string targetPath = LayerParents.Join(found.RealPath, targetName);

        // A second handle: the lookup of the new name may close the first.
        using var targetDirectory = FileCalls.Open(found.Handle, ".", OpenFlags.Read | OpenFlags.Directory);
        var status = FileCalls.Status(targetDirectory, targetName) ?? throw NoTarget(entry, target);
        if (status.Kind is not (FileKind.Regular or FileKind.Symlink or FileKind.Fifo))
        {
            throw Refuse(entry, $"hard link to {PathBytes.Printable(target)}, which is a {(status.Kind == FileKind.CharacterDevice ? "whiteout" : "directory")}");
        }

        var (parent, name, path) = Place(entry);
        if (path == targetPath)
        {
            return;
        }

        if (!FileCalls.MakeHardLink(targetDirectory, targetName, parent.Handle, name))
        {
            if (FileCalls.Status(parent.Handle, name)?.Inode == status.Inode)
            {
                return;
            }

            (parent, name, path) = Clear(entry);
            if (FileCalls.Status(targetDirectory, targetName) is null)
            {
                throw NoTarget(entry, target);
            }

            FileCalls.MakeHardLink(targetDirectory, targetName, parent.Handle, name);
        }

        _inventory.Add(new InventoryEntry(path, status.Kind, status.Mode, status.Uid, status.Gid, status.Size, status.ModifiedSeconds, status.ModifiedNanoseconds, "", targetPath, InventoryEntry.NoXattrs));
    }

    private void MakeFifo(LayerEntry entry)
    {
        var (parent, name, path) = Place(entry);
        if (!FileCalls.MakeNode(parent.Handle, name, FileKind.Fifo, 0x180))
        {
            (parent, name, path) = Clear(entry);
            FileCalls.MakeNode(parent.Handle, name, FileKind.Fifo, 0x180);
        }

        NoteXattrs(entry);
        Own(parent, name, entry);
        FileCalls.SetMode(parent.Handle, name, (uint)entry.Mode);
        FileCalls.SetModified(parent.Handle, name, entry.MTime.Seconds, (uint)entry.MTime.Nanoseconds);
        Record(path, FileKind.Fifo, entry, (uint)entry.Mode, "");
    }

    private void ApplyWhiteout(LayerEntry entry)
    {
        if (entry.Whiteout == WhiteoutKind.Ignored)
        {
            return;
        }

        if (!entry.WhiteoutTarget.IsSafe)
        {
            throw Refuse(entry, $"whiteout: {entry.WhiteoutTarget.Refusal}");
        }

        string target = entry.WhiteoutTarget.Value;
        if (entry.Whiteout == WhiteoutKind.Opaque)
        {
            MakeOpaque(_parents.Ensure(target));
            return;
        }

        if (target.Length == 0)
        {
            throw Refuse(entry, "a whiteout of the root");
        }

        var parent = _parents.Ensure(LayerParents.DirectoryOf(target));
        string name = LayerParents.NameOf(target);
        if (FileCalls.MakeNode(parent.Handle, name, FileKind.CharacterDevice, 0))
        {
            Entries++;
            _inventory.Add(new InventoryEntry(LayerParents.Join(parent.RealPath, name), FileKind.CharacterDevice, 0, 0, 0, 0, 0, 0, "", "", InventoryEntry.NoXattrs));
            FileCalls.SetModified(parent.Handle, name, 0, 0);
        }
        else if (FileCalls.Status(parent.Handle, name) is { Kind: FileKind.Directory })
        {
            // The layer removes the directory and brings its own: what lower layers have in it must not shine through. What
            // the layer itself has, in whatever order it came, stays (image-spec layer.md: whiteouts hide lower layers only).
            MakeOpaque(_parents.Find(target)!);
        }
    }

    private void MakeOpaque(OpenDirectory directory)
    {
        if (directory.RealPath.Length == 0)
        {
            // The overlay does not look at attributes of a layer's root; the image leaves out the layers beneath instead.
            HidesAllBelow = true;
            return;
        }

        FileCalls.SetXattr(directory.Handle, LayerXattrs.Opaque, "y"u8);
        _directories[directory.RealPath] = _directories[directory.RealPath] with { IsOpaque = true };
    }

    private void WriteContent(long offset, ReadOnlySpan<byte> data)
    {
        HashHole(offset);
        FileCalls.Write(_file!, data, offset, _filePath);
        _hash.AppendData(data);
        _written = offset + data.Length;
        _dataBytes += data.Length;
    }

    private void HashHole(long end)
    {
        ReadOnlySpan<byte> zeros = Zeros;
        while (_written < end)
        {
            int n = (int)Math.Min(zeros.Length, end - _written);
            _hash.AppendData(zeros[..n]);
            _written += n;
        }
    }

    private static byte[] Zeros { get; } = new byte[64 * 1024];

    /// <summary>Directory, name and real path of an entry, with the directories above it there.</summary>
    private (OpenDirectory Parent, string Name, string Path) Place(LayerEntry entry)
    {
        string path = entry.SafePath.Value;
        var parent = _parents.Ensure(LayerParents.DirectoryOf(path));
        string name = LayerParents.NameOf(path);
        bool isReal = parent.RealPath.Length + (parent.RealPath.Length == 0 ? 0 : 1) + name.Length == path.Length && path.StartsWith(parent.RealPath, StringComparison.Ordinal);
        return (parent, name, isReal ? path : LayerParents.Join(parent.RealPath, name));
    }

    /// <summary>Removes what is at an entry's place, a whole tree where it is a directory.</summary>
    private (OpenDirectory Parent, string Name, string Path) Clear(LayerEntry entry)
    {
        var (parent, name, path) = Place(entry);
        var kind = FileCalls.Status(parent.Handle, name)?.Kind;
        TreeRemoval.Remove(parent.Handle, name);
        _inventory.Remove(path);
        if (kind is FileKind.Directory or FileKind.Symlink)
        {
            _parents.Forget();
            return Place(entry);
        }

        return (parent, name, path);
    }

    private static void Own(OpenDirectory parent, string name, LayerEntry entry)
    {
        if (entry.Uid != 0 || entry.Gid != 0)
        {
            FileCalls.SetOwner(parent.Handle, name, entry.Uid, entry.Gid);
        }
    }

    private void Record(string path, FileKind kind, LayerEntry entry, uint mode, string digest) =>
        _inventory.Add(new InventoryEntry(path, kind, mode, entry.Uid, entry.Gid, 0, entry.MTime.Seconds, (uint)entry.MTime.Nanoseconds, digest, "", InventoryEntry.NoXattrs));

    private void Note(LayerEntry entry, string text)
    {
        if (Notes.Count < MaxNotes)
        {
            Notes.Add($"{PathBytes.Printable(entry.RawPath)}: {text}");
        }
    }

    private static ImageException NoTarget(LayerEntry entry, string target) =>
        Refuse(entry, $"hard link to {PathBytes.Printable(target)}, which is not in this layer");

    private static ImageException Refuse(LayerEntry entry, string reason) =>
        new(ImageProblem.Refused, $"unpack {entry}, at byte {entry.Offset} of the tar: {reason}");

    private readonly record struct DirectoryState(
        bool IsImplicit, uint Mode, uint Uid, uint Gid, FileTime MTime, bool IsOpaque, IReadOnlyList<KeyValuePair<string, byte[]>> Xattrs)
    {
        public static DirectoryState MadeOnTheWay { get; } = new(true, 0, 0, 0, default, false, InventoryEntry.NoXattrs);
    }
}
