using System.Buffers;
using System.Security.Cryptography;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Images.Layers;

namespace Skerry.Node.Images.Upkeep;

/// <summary>Compares a layer on disk with its inventory: content, kinds, owners, modes, links, attributes, what is missing and what is too much.</summary>
/// <param name="layers">The store of layers.</param>
/// <param name="onProblem">Told each path and what is wrong there.</param>
/// <param name="ct">Ends it.</param>
/// <param name="pace">Holds it back; null: as fast as it can.</param>
/// <param name="fromDevice">Files are read from the device; else as programs would read them, from memory where they are there.</param>
internal sealed class LayerCheck(LayerStore layers, Action<string, string> onProblem, CancellationToken ct, bool fromDevice = true, ScrubPace? pace = null)
{
    private const int BufferSize = 256 * 1024;

    /// <summary>Files that were read.</summary>
    public long FilesRead { get; private set; }

    /// <summary>Bytes that were read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Checks one layer; each problem goes to the callback with the path.</summary>
    /// <exception cref="ImageException">The inventory itself is corrupt.</exception>
    public void Run(StoredLayer layer)
    {
        var (files, inventoryFile) = layers.Open(layer.Name);
        using (files)
        using (inventoryFile)
        {
            var expected = InventoryReader.Read(inventoryFile, layer.Name, layer.Meta.Inventory);
            var inodes = new Dictionary<string, ulong>(StringComparer.Ordinal);
            using (var root = FileCalls.Open(files, ".", OpenFlags.Read | OpenFlags.Directory))
            {
                if (expected.Remove("", out var described))
                {
                    Compare(described, FileCalls.Status(root));
                }
            }

            // By path and not by recursion: nothing is as deep as its descriptors then.
            var directories = new Stack<string>([""]);
            while (directories.TryPop(out string? path))
            {
                ct.ThrowIfCancellationRequested();
                using var directory = OpenDirectory(files, path);
                foreach (var entry in FileCalls.Entries(directory))
                {
                    string name = LayerParents.Join(path, entry.Name);
                    var status = FileCalls.Status(directory, entry.Name);
                    if (!expected.Remove(name, out var wanted))
                    {
                        onProblem(name, "is not part of the layer");
                        continue;
                    }

                    if (status is { } there)
                    {
                        CompareAll(directory, entry.Name, wanted, there, inodes);
                        if (there.Kind == FileKind.Directory)
                        {
                            directories.Push(name);
                        }
                    }
                }
            }

            foreach (var missing in expected.Values)
            {
                onProblem(missing.Path, "is missing");
            }
        }
    }

    private static FileDescriptor OpenDirectory(FileDescriptor files, string path)
    {
        var (opened, error) = path.Length == 0
            ? FileCalls.TryOpen(files, ".", OpenFlags.Read | OpenFlags.Directory)
            : FileCalls.OpenBeneath(files, path, OpenFlags.Read | OpenFlags.Directory);
        return opened ?? throw LinuxException.Of("openat2", path, error);
    }

    private void CompareAll(FileDescriptor directory, string name, InventoryEntry wanted, FileStatus status, Dictionary<string, ulong> inodes)
    {
        if (!Compare(wanted, status))
        {
            return;
        }

        // Whichever name of an inode comes first stands for it.
        string head = wanted.Links.Length > 0 ? wanted.Links : wanted.Path;
        if (!inodes.TryAdd(head, status.Inode) && inodes[head] != status.Inode)
        {
            onProblem(wanted.Path, $"is no longer the same file as {(wanted.Links.Length > 0 ? wanted.Links : "its other names")}");
        }

        if (status.Kind is FileKind.Regular or FileKind.Directory)
        {
            CompareXattrs(directory, name, wanted);
        }

        if (status.Kind == FileKind.Symlink && FileCalls.ReadSymlink(directory, name) != wanted.Digest)
        {
            onProblem(wanted.Path, "links to somewhere else");
        }
        else if (status.Kind == FileKind.Regular && HashOf(directory, name) is { } hash && hash != wanted.Digest)
        {
            onProblem(wanted.Path, "has other content");
        }
        else if (status.Kind == FileKind.CharacterDevice && status.RawDevice != (0, 0))
        {
            onProblem(wanted.Path, "is a device");
        }
    }

    private bool Compare(InventoryEntry wanted, FileStatus status)
    {
        if (status.Kind != wanted.Kind)
        {
            onProblem(wanted.Path, $"is a {status.Kind}, not a {wanted.Kind}");
            return false;
        }

        if (status.Kind != FileKind.Symlink && status.Mode != wanted.Mode)
        {
            onProblem(wanted.Path, $"has mode {Convert.ToString(status.Mode, 8)}, not {Convert.ToString(wanted.Mode, 8)}");
        }

        if (status.Uid != wanted.Uid || status.Gid != wanted.Gid)
        {
            onProblem(wanted.Path, $"belongs to {status.Uid}:{status.Gid}, not {wanted.Uid}:{wanted.Gid}");
        }

        if (status.Kind == FileKind.Regular && status.Size != wanted.Size)
        {
            onProblem(wanted.Path, $"has {status.Size} bytes, not {wanted.Size}");
            return false;
        }

        return true;
    }

    private void CompareXattrs(FileDescriptor directory, string name, InventoryEntry wanted)
    {
        // Labels that the machine's own security module puts on files are its business.
        var there = FileCalls.ListXattrs(directory, name).Where(n => n is LayerXattrs.Capability || n.StartsWith("user.", StringComparison.Ordinal) || n.StartsWith("trusted.", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        foreach (var (attribute, value) in wanted.Xattrs)
        {
            if (!there.Remove(attribute) || !value.AsSpan().SequenceEqual(FileCalls.GetXattr(directory, name, attribute)))
            {
                onProblem(wanted.Path, $"its attribute {attribute} is missing or different");
            }
        }

        foreach (string extra in there)
        {
            onProblem(wanted.Path, $"has an attribute {extra} that is not part of the layer");
        }
    }

    private string? HashOf(FileDescriptor directory, string name)
    {
        var (file, error) = FileCalls.OpenBeneath(directory, name, OpenFlags.Read | OpenFlags.NoFollow | OpenFlags.NonBlock | OpenFlags.NoAccessTime);
        if (file is null)
        {
            throw LinuxException.Of("openat2", name, error);
        }

        using (file)
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            // From the device, not from the cache, wherever nobody has it mapped.
            if (fromDevice)
            {
                FileCalls.AdviseDone(file);
            }

            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                long at = 0;
                while (FileCalls.Read(file, buffer, at, name) is var n and > 0)
                {
                    hash.AppendData(buffer, 0, n);
                    at += n;
                    ct.ThrowIfCancellationRequested();
                    pace?.Took(n, ct);
                }

                FilesRead++;
                BytesRead += at;
                return Convert.ToHexStringLower(hash.GetHashAndReset());
            }
            catch (LinuxException e) when (e.Error == Errno.EIO)
            {
                onProblem(name, "cannot be read: the disk reports an error");
                return null;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
