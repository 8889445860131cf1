using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
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

    private readonly Lock _lock = new(); // guards _expected, _inodes and the callback
    private readonly Dictionary<string, ulong> _inodes = new(StringComparer.Ordinal);

    /// <summary>A start waits for it, so that all processors look; what comes from the device or at a pace is read by one.</summary>
    private readonly ParallelOptions _width = new() { MaxDegreeOfParallelism = fromDevice || pace is not null ? 1 : Environment.ProcessorCount, CancellationToken = ct };
    private Dictionary<string, InventoryEntry> _expected = [];
    private long _filesRead;
    private long _bytesRead;

    /// <summary>Files that were read.</summary>
    public long FilesRead => Interlocked.Read(ref _filesRead);

    /// <summary>Bytes that were read.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Checks one layer; each problem goes to the callback with the path.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inventory">Its inventory where it was read already; it is used up.</param>
    /// <exception cref="ImageException">The inventory itself is corrupt.</exception>
    public void Run(StoredLayer layer, Dictionary<string, InventoryEntry>? inventory = null)
    {
        var (files, inventoryFile) = layers.Open(layer.Name);
        using (files)
        using (inventoryFile)
        {
            _expected = inventory ?? InventoryReader.Read(inventoryFile, layer.Name, layer.Meta.Inventory);
            using (var root = FileCalls.Open(files, ".", OpenFlags.Read | OpenFlags.Directory))
            {
                if (_expected.Remove("", out var described))
                {
                    Compare(described, FileCalls.Status(root));
                }
            }

            // By path and not by recursion: nothing is as deep as its descriptors then.
            var directories = new Stack<string>([""]);
            while (directories.TryPop(out string? path))
            {
                ct.ThrowIfCancellationRequested();
                foreach (var below in Look(files, path))
                {
                    directories.Push(below);
                }
            }

            foreach (var missing in _expected.Values)
            {
                onProblem(missing.Path, "is missing");
            }
        }
    }

    /// <summary>Looks at what is in one directory; gives the directories in it.</summary>
    private ConcurrentBag<string> Look(FileDescriptor files, string path)
    {
        var below = new ConcurrentBag<string>();
        using var directory = OpenDirectory(files, path);
        try
        {
            Parallel.ForEach(FileCalls.Entries(directory).ToList(), _width, entry =>
            {
                string name = LayerParents.Join(path, entry.Name);
                if (Expect(name) is { } wanted && FileCalls.Status(directory, entry.Name) is { } there)
                {
                    CompareAll(directory, entry.Name, wanted, there);
                    if (there.Kind == FileKind.Directory)
                    {
                        below.Add(name);
                    }
                }
            });
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        return below;
    }

    /// <summary>What must be at a path; null, and a problem, where nothing must.</summary>
    private InventoryEntry? Expect(string path)
    {
        lock (_lock)
        {
            if (_expected.Remove(path, out var wanted))
            {
                return wanted;
            }
        }

        Problem(path, "is not part of the layer");
        return null;
    }

    private void Problem(string path, string problem)
    {
        lock (_lock)
        {
            onProblem(path, problem);
        }
    }

    /// <summary>Whichever name of an inode comes first stands for it.</summary>
    private bool IsSameFile(string head, ulong inode)
    {
        lock (_lock)
        {
            return _inodes.TryAdd(head, inode) || _inodes[head] == inode;
        }
    }

    private static FileDescriptor OpenDirectory(FileDescriptor files, string path)
    {
        var (opened, error) = path.Length == 0
            ? FileCalls.TryOpen(files, ".", OpenFlags.Read | OpenFlags.Directory)
            : FileCalls.OpenBeneath(files, path, OpenFlags.Read | OpenFlags.Directory);
        return opened ?? throw LinuxException.Of("openat2", path, error);
    }

    private void CompareAll(FileDescriptor directory, string name, InventoryEntry wanted, FileStatus status)
    {
        if (!Compare(wanted, status))
        {
            return;
        }

        if (!IsSameFile(wanted.Links.Length > 0 ? wanted.Links : wanted.Path, status.Inode))
        {
            Problem(wanted.Path, $"is no longer the same file as {(wanted.Links.Length > 0 ? wanted.Links : "its other names")}");
        }

        if (status.Kind is FileKind.Regular or FileKind.Directory)
        {
            CompareXattrs(directory, name, wanted);
        }

        if (status.Kind == FileKind.Symlink && FileCalls.ReadSymlink(directory, name) != wanted.Digest)
        {
            Problem(wanted.Path, "links to somewhere else");
        }
        else if (status.Kind == FileKind.Regular && HashOf(directory, name, wanted.Path) is { } hash && hash != wanted.Digest)
        {
            Problem(wanted.Path, "has other content");
        }
        else if (status.Kind == FileKind.CharacterDevice && status.RawDevice != (0, 0))
        {
            Problem(wanted.Path, "is a device");
        }
    }

    private bool Compare(InventoryEntry wanted, FileStatus status)
    {
        if (status.Kind != wanted.Kind)
        {
            Problem(wanted.Path, $"is a {status.Kind}, not a {wanted.Kind}");
            return false;
        }

        if (status.Kind != FileKind.Symlink && status.Mode != wanted.Mode)
        {
            Problem(wanted.Path, $"has mode {Convert.ToString(status.Mode, 8)}, not {Convert.ToString(wanted.Mode, 8)}");
        }

        if (status.Uid != wanted.Uid || status.Gid != wanted.Gid)
        {
            Problem(wanted.Path, $"belongs to {status.Uid}:{status.Gid}, not {wanted.Uid}:{wanted.Gid}");
        }

        if (status.Kind == FileKind.Regular && status.Size != wanted.Size)
        {
            Problem(wanted.Path, $"has {status.Size} bytes, not {wanted.Size}");
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
                Problem(wanted.Path, $"its attribute {attribute} is missing or different");
            }
        }

        foreach (string extra in there)
        {
            Problem(wanted.Path, $"has an attribute {extra} that is not part of the layer");
        }
    }

    private string? HashOf(FileDescriptor directory, string name, string path)
    {
        var (file, error) = FileCalls.OpenBeneath(directory, name, OpenFlags.Read | OpenFlags.NoFollow | OpenFlags.NonBlock | OpenFlags.NoAccessTime);
        if (file is null)
        {
            throw LinuxException.Of("openat2", name, error);
        }

        using (file)
        {
            // From the device, not from the cache, wherever nobody has it mapped.
            if (fromDevice)
            {
                FileCalls.AdviseDone(file);
            }

            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                // Most files are in the buffer as a whole.
                var n = 0;
                for (int got; n < buffer.Length && (got = FileCalls.Read(file, buffer.AsSpan(n), n, name)) > 0; n += got)
                {
                    ct.ThrowIfCancellationRequested();
                }

                pace?.Took(n, ct);
                long at = n;
                using var hash = n == buffer.Length ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
                for (var part = n; hash is not null && part > 0; at += part)
                {
                    hash.AppendData(buffer, 0, part);
                    part = FileCalls.Read(file, buffer, at, name);
                    pace?.Took(part, ct);
                    ct.ThrowIfCancellationRequested();
                }

                Interlocked.Increment(ref _filesRead);
                Interlocked.Add(ref _bytesRead, at);
                return Convert.ToHexStringLower(hash?.GetHashAndReset() ?? SHA256.HashData(buffer.AsSpan(0, n)));
            }
            catch (LinuxException e) when (e.Error == Errno.EIO)
            {
                Problem(path, "cannot be read: the disk reports an error");
                return null;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
