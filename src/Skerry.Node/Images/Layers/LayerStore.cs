using System.Text.Json;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Oci;
using Skerry.Oci.Layers;

namespace Skerry.Node.Images.Layers;

/// <summary>One layer that is there.</summary>
internal sealed record StoredLayer(string Name, LayerMeta Meta);

/// <summary>
/// Layers unpacked once each, in <c>layers/NAME/{fs,inventory,meta.json}</c>. A layer counts as there when it has that
/// name; it gets the name after its digest was checked and all of it is on the device.
/// </summary>
/// <remarks>
/// Commit: 1. everything is in <c>layers/tmp-…</c>; 2. one flush of the file system, shared by all who commit then;
/// 3. rename. What a crash leaves is named <c>tmp-</c> or <c>trash-</c> and goes at the next start.
/// </remarks>
internal sealed class LayerStore(StoreRoot store, ImagesOptions options, TimeProvider time)
{
    private const string Files = "fs";
    private const string InventoryName = "inventory";
    private const string MetaName = "meta.json";
    private const string Temporary = "tmp-";
    private const string Trash = "trash-";
    private const int MaxMetaBytes = 1 << 20;

    private readonly KeyedLock<string> _unpacks = new();
    private int _next;

    /// <summary>Absolute path of a layer's files, for an overlay mount.</summary>
    public string PathOf(string name) => $"{store.Path}/layers/{name}/{Files}";

    /// <summary>Keeps others from unpacking the same layer on the same layers.</summary>
    public Task<IDisposable> TakeAsync(Digest diffId, string on, CancellationToken ct) => _unpacks.TakeAsync(LayerNames.Of(diffId, on), ct);

    /// <summary>The layer, if it is there: as it is on anything, or on just these layers.</summary>
    public StoredLayer? Find(Digest diffId, string on) => Read(LayerNames.Of(diffId)) ?? Read(LayerNames.Of(diffId, on));

    /// <summary>A layer by its name; null where it is not there or was never finished.</summary>
    public StoredLayer? Read(string name)
    {
        var (file, error) = FileCalls.OpenBeneath(store.Layers, $"{name}/{MetaName}", OpenFlags.Read);
        if (file is null)
        {
            return error is Errno.ENOENT or Errno.ENOTDIR ? null : throw LinuxException.Of("openat2", $"{name}/{MetaName}", error);
        }

        using (file)
        {
            var bytes = new byte[Math.Min(FileCalls.Status(file).Size, MaxMetaBytes)];
            int n = FileCalls.Read(file, bytes, 0, MetaName);
            try
            {
                return JsonSerializer.Deserialize(bytes.AsSpan(0, n), LayerJson.Default.LayerMeta) is { } meta ? new StoredLayer(name, meta) : null;
            }
            catch (JsonException)
            {
                // Corrupted on the disk: as good as not there; the next pull or repair unpacks it again.
                return null;
            }
        }
    }

    /// <summary>
    /// Unpacks a verified blob into a directory that does not count yet. Long and blocking: call it on a thread that may wait.
    /// </summary>
    /// <param name="onBytes">Told how many bytes of tar were taken since the last call; may throw to stop.</param>
    /// <exception cref="ImageException">The layer is not allowed, or not what its diff id says.</exception>
    /// <exception cref="OciFormatException">It is malformed or a bomb.</exception>
    public PendingLayer Unpack(FileDescriptor blob, string? mediaType, Digest diffId, Action<long>? onBytes, CancellationToken ct)
    {
        int failures = store.Durable.Failures;
        string temporary = $"{Temporary}{Environment.ProcessId}-{Interlocked.Increment(ref _next)}";
        store.Step("make layer directory");
        TreeRemoval.Remove(store.Layers, temporary);
        var directory = StoreRoot.Make(store.Layers, temporary);
        PendingLayer? pending = null;
        try
        {
            var files = StoreRoot.Make(directory, Files);
            var inventory = FileCalls.Open(directory, InventoryName, OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive, 0x180);
            pending = new PendingLayer(this, temporary, diffId, directory, files, inventory, failures, options);
            long tarBytes = Extract(pending, blob, mediaType, diffId, onBytes, ct);
            pending.TarBytes = tarBytes;
            return pending;
        }
        catch (Exception e)
        {
            // Whether it was bytes or inodes shows only until it is cleared away.
            var room = FileCalls.Room(store.Root);
            pending?.Dispose();
            directory.Dispose();
            Discard(temporary);
            if (ImageException.IsOutOfSpace(e) && room is { Inodes: > 0, InodesFree: 0 })
            {
                throw new ImageException(ImageProblem.OutOfSpace,
                    $"unpack layer {diffId}: the disk that holds {store.Path} has no inode left, all of its {room.Inodes} are in use, whatever room for bytes it has", e);
            }

            throw;
        }
    }

    /// <summary>
    /// Finishes an unpacked layer and gives it its name. <paramref name="lowers"/> are the layers beneath it, topmost first:
    /// needed (and so awaited by the caller) only where <see cref="PendingLayer.NeedsLowers"/>.
    /// </summary>
    public async Task<StoredLayer> CommitAsync(PendingLayer pending, string on, IReadOnlyList<string> lowers, CancellationToken ct)
    {
        try
        {
            string? variant = pending.NeedsLowers ? on : null;
            string name = variant is null ? LayerNames.Of(pending.DiffId) : LayerNames.Of(pending.DiffId, variant);

            // 1. The rest of the files, and what is known of them.
            store.Step("finish layer");
            var meta = pending.Finish(path => StatusIn(lowers, path), variant, time.GetUtcNow());
            using (var file = FileCalls.Open(pending.Directory, MetaName, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate, 0x180))
            {
                FileCalls.Write(file, JsonSerializer.SerializeToUtf8Bytes(meta, LayerJson.Default.LayerMeta), 0, MetaName);
            }

            // 2. All of it on the device.
            await store.Durable.FlushAsync(ct).ConfigureAwait(false);
            if (store.Durable.Failures != pending.FailuresBefore)
            {
                throw new ImageException(ImageProblem.Corrupt, $"unpack layer {pending.DiffId}: the disk failed to write while it was unpacked; look at the kernel log, then pull again");
            }

            // 3. The name.
            store.Step("rename layer");
            try
            {
                FileCalls.RenameToNew(store.Layers, pending.Temporary, store.Layers, name);
            }
            catch (LinuxException e) when (e.Error is Errno.EEXIST or Errno.ENOTEMPTY)
            {
                // Unpacked on other layers at the same time; or one whose meta.json is corrupt, which this one replaces.
                if (Read(name) is { } other)
                {
                    Discard(pending.Temporary);
                    return other;
                }

                FileCalls.Exchange(store.Layers, pending.Temporary, store.Layers, name);
                Discard(pending.Temporary);
            }

            return new StoredLayer(name, meta);
        }
        catch
        {
            Discard(pending.Temporary);
            throw;
        }
        finally
        {
            pending.Dispose();
        }
    }

    /// <summary>
    /// Puts a freshly unpacked layer in the place of one whose files are wrong. <paramref name="exclusively"/> runs the exchange
    /// where nobody can begin to use the layer, or throws.
    /// </summary>
    public async Task ReplaceAsync(PendingLayer pending, string name, string on, IReadOnlyList<string> lowers, Func<Action, Task> exclusively, CancellationToken ct)
    {
        try
        {
            var meta = pending.Finish(path => StatusIn(lowers, path), name.Contains("-on-", StringComparison.Ordinal) ? on : null, time.GetUtcNow());
            using (var file = FileCalls.Open(pending.Directory, MetaName, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate, 0x180))
            {
                FileCalls.Write(file, JsonSerializer.SerializeToUtf8Bytes(meta, LayerJson.Default.LayerMeta), 0, MetaName);
            }

            await store.Durable.FlushAsync(ct).ConfigureAwait(false);
            if (store.Durable.Failures != pending.FailuresBefore)
            {
                throw new ImageException(ImageProblem.Corrupt, $"unpack layer {pending.DiffId}: the disk failed to write while it was unpacked; look at the kernel log, then repair again");
            }

            await exclusively(() =>
            {
                store.Step("exchange layer");
                if (FileCalls.Status(store.Layers, name) is null)
                {
                    FileCalls.RenameToNew(store.Layers, pending.Temporary, store.Layers, name);
                }
                else
                {
                    FileCalls.Exchange(store.Layers, pending.Temporary, store.Layers, name);
                }
            }).ConfigureAwait(false);
            FileCalls.Sync(store.Layers);
        }
        finally
        {
            pending.Dispose();
            Discard(pending.Temporary);
        }
    }

    /// <summary>All layers, in no order.</summary>
    public IEnumerable<StoredLayer> List()
    {
        foreach (var entry in FileCalls.Entries(store.Layers))
        {
            if (LayerNames.DiffIdOf(entry.Name) is not null && Read(entry.Name) is { } layer)
            {
                yield return layer;
            }
        }
    }

    /// <summary>Opens a layer's files and its inventory for reading.</summary>
    public (FileDescriptor Files, FileDescriptor Inventory) Open(string name)
    {
        using var directory = StoreRoot.OpenDirectory(store.Layers, name);
        var files = StoreRoot.OpenDirectory(directory, Files);
        var (inventory, error) = FileCalls.OpenBeneath(directory, InventoryName, OpenFlags.Read);
        if (inventory is null)
        {
            files.Dispose();
            throw LinuxException.Of("openat2", $"{name}/{InventoryName}", error);
        }

        return (files, inventory);
    }

    /// <summary>Takes a layer out of the store at once; its files go with <see cref="EmptyTrash"/>. The caller knows that nothing needs it.</summary>
    public string MoveToTrash(string name)
    {
        string trash = $"{Trash}{Environment.ProcessId}-{Interlocked.Increment(ref _next)}";
        store.Step("trash layer");
        FileCalls.RenameToNew(store.Layers, name, store.Layers, trash);
        return trash;
    }

    /// <summary>Deletes what <see cref="MoveToTrash"/> took out.</summary>
    public void EmptyTrash(string trash)
    {
        store.Step("delete trash");
        TreeRemoval.Remove(store.Layers, trash);
    }

    /// <summary>At start: deletes what a crash left.</summary>
    public void Sweep()
    {
        foreach (var entry in FileCalls.Entries(store.Layers))
        {
            if (entry.Name.StartsWith(Temporary, StringComparison.Ordinal) || entry.Name.StartsWith(Trash, StringComparison.Ordinal))
            {
                TreeRemoval.Remove(store.Layers, entry.Name);
            }
        }
    }

    /// <summary>Makes the names of layers durable; before an image counts as there.</summary>
    public void SyncNames() => FileCalls.Sync(store.Layers);

    /// <summary>Deletes an unpacked layer that will not be committed.</summary>
    internal void Discard(string temporary)
    {
        store.Step("discard layer");
        TreeRemoval.Remove(store.Layers, temporary);
    }

    private static long Extract(PendingLayer pending, FileDescriptor blob, string? mediaType, Digest diffId, Action<long>? onBytes, CancellationToken ct)
    {
        using var again = FileCalls.Open(null, blob.ProcPath, OpenFlags.Read);
        FileCalls.AdviseSequential(again);
        long size = FileCalls.Status(again).Size;
        var limits = pending.Options.LayerLimits;
        using var tar = new HashAhead(LayerDecompressor.Open(new FileStream(again.ToFileHandle(), FileAccess.Read, 256 * 1024), mediaType, limits), diffId, ct);
        using var module = MediaTypes.IsWasmLayer(mediaType) ? new ModuleTar(tar, size) : null;
        using var reader = new LayerReader(module ?? (Stream)tar, limits, leaveOpen: true);
        long told = 0;
        while (reader.Read() is { } entry)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                pending.Tree.Apply(entry, reader);
            }
            catch (LinuxException e) when (!e.IsOutOfSpace && e.Error is not (Errno.EIO or Errno.EROFS))
            {
                throw new ImageException(ImageProblem.Refused, $"unpack {entry} of layer {diffId}: {e.Message}", e);
            }

            if (reader.Position - told >= 1 << 20)
            {
                onBytes?.Invoke(reader.Position - told);
                told = reader.Position;
            }
        }

        var got = tar.Finish();
        if (got != diffId)
        {
            throw new ImageException(ImageProblem.Corrupt, $"unpack layer {diffId}: its tar has the digest {got}; the image's configuration and its layers do not belong together");
        }

        onBytes?.Invoke(reader.Position - told);
        return reader.Position;
    }

    private FileStatus? StatusIn(IReadOnlyList<string> lowers, string path)
    {
        foreach (string lower in lowers)
        {
            using var files = StoreRoot.OpenDirectory(store.Layers, $"{lower}/{Files}");
            var (directory, error) = FileCalls.OpenInRoot(files, path, OpenFlags.Read | OpenFlags.Directory);
            using (directory)
            {
                if (directory is not null)
                {
                    return FileCalls.Status(directory);
                }

                if (error is not Errno.ENOENT)
                {
                    // Something else took the directory's place there, so what lies further down does not show.
                    return null;
                }
            }
        }

        return null;
    }
}
