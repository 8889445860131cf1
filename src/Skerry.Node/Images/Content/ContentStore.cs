using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Oci;

namespace Skerry.Node.Images.Content;

/// <summary>One blob that is there.</summary>
internal readonly record struct StoredBlob(Digest Digest, long Size);

/// <summary>
/// Blobs by digest, in <c>content/blobs/ALGORITHM/HEX</c>. A blob counts as there when it has that name, and it gets the
/// name only after its bytes were hashed and made durable.
/// </summary>
internal sealed class ContentStore(StoreRoot store, ImagesOptions options, TimeProvider time)
{
    private const string Import = "import-";

    private readonly KeyedLock<Digest> _ingests = new();
    private int _nextImport;

    /// <summary>Whether the blob is there.</summary>
    public bool Has(Digest digest) => Size(digest) is not null;

    /// <summary>Bytes of a blob; null where it is not there.</summary>
    public long? Size(Digest digest) => FileCalls.Status(store.Blobs, BlobPath(digest)) is { Kind: FileKind.Regular } status ? status.Size : null;

    /// <summary>Opens a blob for reading.</summary>
    /// <exception cref="ImageException">It is not there.</exception>
    public FileDescriptor Open(Digest digest)
    {
        var (opened, error) = FileCalls.OpenBeneath(store.Blobs, BlobPath(digest), OpenFlags.Read);
        return opened ?? throw (error == Errno.ENOENT
            ? new ImageException(ImageProblem.NotFound, $"read blob {digest}: it is not in {store.Path}/content; pull or import the image again")
            : LinuxException.Of("openat2", PathOf(digest), error));
    }

    /// <summary>The bytes of a small blob (a manifest, a configuration), hashed again on the way.</summary>
    /// <exception cref="ImageException">Not there, too large, or not what the digest says.</exception>
    public byte[] ReadVerified(Digest digest, long maxBytes)
    {
        using var file = Open(digest);
        long size = FileCalls.Status(file).Size;
        if (size > maxBytes)
        {
            throw new ImageException(ImageProblem.Refused, $"read blob {digest}: {size} bytes, at most {maxBytes} are taken here");
        }

        var content = new byte[size];
        int got = 0;
        while (got < content.Length && FileCalls.Read(file, content.AsSpan(got), got, digest.ToString()) is var n and > 0)
        {
            got += n;
        }

        if (got != content.Length || Digest.Of(content, digest) != digest)
        {
            throw new ImageException(ImageProblem.Corrupt, $"read blob {digest}: the bytes on disk have another digest; run 'skerry image scrub --repair'");
        }

        return content;
    }

    /// <summary>
    /// Begins or takes up the fetch of a blob. Only one holds a blob's ingest; the next waits and mostly finds the blob there.
    /// </summary>
    /// <param name="again">Also where the blob is there: what is there stays until the commit takes its name.</param>
    public async Task<Ingest> BeginAsync(Digest digest, long size, CancellationToken ct, bool again = false)
    {
        var held = await _ingests.TakeAsync(digest, ct).ConfigureAwait(false);
        try
        {
            return Ingest.Open(store, options, digest, size, held, time, again);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Stores a blob that is already in memory.</summary>
    public async Task PutAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken ct, bool again = false)
    {
        using var ingest = await BeginAsync(digest, content.Length, ct, again).ConfigureAwait(false);
        if (ingest.IsStored)
        {
            return;
        }

        if (ingest.Offset > 0)
        {
            ingest.Restart();
        }

        ingest.Append(content.Span);
        ingest.Verify();
        ingest.Commit();
    }

    /// <summary>
    /// Stores a blob of an archive, whose digest may be known only at its end. 1. Its bytes go to <c>ingest/import-…</c>; 2. they
    /// are checked and made durable; 3. they get their name. Blocking.
    /// </summary>
    /// <param name="content">The bytes.</param>
    /// <param name="expected">The digest, where it is known before; a blob that is there is only read and checked.</param>
    /// <param name="complete">Checks what was read and says its digest, once <paramref name="content"/> is at its end.</param>
    /// <param name="protect">Keeps the digest from being collected, before it gets its name.</param>
    /// <param name="onBytes">Told how many bytes are about to be written; may throw to stop.</param>
    public Digest Adopt(Stream content, Digest? expected, Func<Digest> complete, Action<Digest> protect, Action<long> onBytes)
    {
        if (expected is { } known)
        {
            protect(known);
            if (Has(known))
            {
                return complete();
            }
        }

        string name = $"{Import}{Environment.ProcessId}-{Interlocked.Increment(ref _nextImport)}";
        store.Step("make import");
        using var file = FileCalls.Open(store.Ingests, name, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, 0x180);
        try
        {
            // 1. The bytes.
            var buffer = new byte[1 << 20];
            long at = 0;
            while (content.Read(buffer) is var n and > 0)
            {
                onBytes(n);
                store.Step("write import");
                FileCalls.Write(file, buffer.AsSpan(0, n), at, name);
                FileCalls.StartWriteBack(file, at, n);
                at += n;
            }

            // 2. What they are.
            var digest = complete();
            protect(digest);
            FileCalls.SetMode(file, 0x100);
            store.Step("fsync import");
            FileCalls.Sync(file);

            // 3. The name.
            using var algorithm = StoreRoot.Make(store.Blobs, digest.Algorithm);
            store.Step("rename import");
            FileCalls.Rename(store.Ingests, name, algorithm, digest.Hex);
            return digest;
        }
        catch
        {
            store.Step("remove import");
            FileCalls.Unlink(store.Ingests, name);
            throw;
        }
    }

    /// <summary>At start: deletes imports that a crash cut off; they cannot go on.</summary>
    public void Sweep()
    {
        foreach (var entry in FileCalls.Entries(store.Ingests).Where(e => e.Name.StartsWith(Import, StringComparison.Ordinal)))
        {
            TreeRemoval.Remove(store.Ingests, entry.Name);
        }
    }

    /// <summary>All blobs, in no order. Foreign names are passed over.</summary>
    public IEnumerable<StoredBlob> List()
    {
        foreach (var algorithm in FileCalls.Entries(store.Blobs).Where(e => e.Name is Digest.Sha256 or Digest.Sha384 or Digest.Sha512))
        {
            using var directory = StoreRoot.OpenDirectory(store.Blobs, algorithm.Name);
            foreach (var entry in FileCalls.Entries(directory))
            {
                if (Digest.TryParse($"{algorithm.Name}:{entry.Name}", out var digest) && FileCalls.Status(directory, entry.Name) is { Kind: FileKind.Regular } status)
                {
                    yield return new StoredBlob(digest, status.Size);
                }
            }
        }
    }

    /// <summary>Unfinished fetches that nobody works on, with the bytes they hold.</summary>
    public IEnumerable<StoredBlob> ListIngests()
    {
        foreach (var entry in FileCalls.Entries(store.Ingests))
        {
            if (Ingest.DigestOf(entry.Name) is { } digest && !_ingests.IsTaken(digest))
            {
                yield return new StoredBlob(digest, FileCalls.Status(store.Ingests, $"{entry.Name}/{Ingest.DataName}")?.Size ?? 0);
            }
        }
    }

    /// <summary>Removes an unfinished fetch; false where it is being worked on or not there.</summary>
    public bool RemoveIngest(Digest digest)
    {
        if (_ingests.IsTaken(digest))
        {
            return false;
        }

        store.Step("remove ingest");
        return TreeRemoval.Remove(store.Ingests, Ingest.NameOf(digest));
    }

    /// <summary>Throws away a fetch that is done with, when nobody works on it.</summary>
    public async Task DiscardAsync(Digest digest, CancellationToken ct)
    {
        using var held = await _ingests.TakeAsync(digest, ct).ConfigureAwait(false);
        store.Step("remove ingest");
        TreeRemoval.Remove(store.Ingests, Ingest.NameOf(digest));
    }

    /// <summary>Removes a blob; false where it is not there. The caller knows that nothing needs it.</summary>
    public bool Remove(Digest digest)
    {
        store.Step("remove blob");
        return FileCalls.Unlink(store.Blobs, BlobPath(digest));
    }

    /// <summary>Makes the names of blobs durable; before an image counts as there.</summary>
    public void SyncNames()
    {
        foreach (var algorithm in FileCalls.Entries(store.Blobs).Where(e => e.Name is Digest.Sha256 or Digest.Sha384 or Digest.Sha512))
        {
            using var directory = StoreRoot.OpenDirectory(store.Blobs, algorithm.Name);
            FileCalls.Sync(directory);
        }
    }

    /// <summary>Absolute path of a blob, for messages.</summary>
    public string PathOf(Digest digest) => $"{store.Path}/content/blobs/{BlobPath(digest)}";

    private static string BlobPath(Digest digest) => digest.IsEmpty
        ? throw new ArgumentException("an empty digest names no blob", nameof(digest))
        : $"{digest.Algorithm}/{digest.Hex}";
}
