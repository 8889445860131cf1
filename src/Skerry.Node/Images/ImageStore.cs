using System.Text.Json;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Images.Content;
using Skerry.Node.Images.Layers;
using Skerry.Oci;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Images;

/// <summary>
/// The images of this node: which there are, by which names, and what may be deleted. One JSON file an image, atomically
/// replaced and durable, so that the store needs nothing but its own directory.
/// </summary>
/// <remarks>
/// <para>What must hold: a record is written only after every blob and layer it names is durable under its name; nothing is
/// deleted that a record, a lease or a container names. The gate guards the records, the leases and every decision to delete.</para>
/// <para>Safe for several threads.</para>
/// </remarks>
public sealed class ImageStore : IDisposable
{
    private const string Extension = ".json";
    private const int MinIdDigits = 4;
    private const long MaxRecordBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, ImageRecord> _images = []; // by manifest; guarded by _gate
    private readonly HashSet<ImageLease> _leases = []; // guarded by _gate
    private readonly Func<IReadOnlySet<Digest>> _usedByContainers;
    private readonly ImageUseQuery _use;
    private long _sequence; // guarded by _gate

    private ImageStore(ImagesOptions options, StoreRoot root, TimeProvider time, Func<IReadOnlySet<Digest>> usedByContainers, ImageUseQuery? use)
    {
        Options = options;
        Root = root;
        Time = time;
        _usedByContainers = usedByContainers;
        _use = use ?? ((manifests, _) => Task.FromResult(new ImageUse(() => [.. usedByContainers().Where(manifests.Contains).Select(static m => "of " + m)], static () => { })));
        Content = new ContentStore(root, options, time);
        Layers = new LayerStore(root, options, time);
        Gate = new LayerGate(root, Layers);
    }

    internal ImagesOptions Options { get; }

    internal StoreRoot Root { get; }

    internal TimeProvider Time { get; }

    internal ContentStore Content { get; }

    internal LayerStore Layers { get; }

    /// <summary>Lets nothing start from a layer that was changed.</summary>
    internal LayerGate Gate { get; }

    /// <summary>Opens the store, deletes what a crash left, and reads the records.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="time">The clock.</param>
    /// <param name="usedByContainers">Manifest digests of the images that containers use now; asked under the store's gate, so it must be quick and must not call back.</param>
    /// <param name="use">Which containers have layers mounted; null: all of images in use count as such.</param>
    /// <exception cref="ImageException">Another process has the store.</exception>
    public static ImageStore Open(ImagesOptions options, TimeProvider time, Func<IReadOnlySet<Digest>> usedByContainers, ImageUseQuery? use = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var root = StoreRoot.Open(options);
        try
        {
            var store = new ImageStore(options, root, time, usedByContainers, use);
            store.Content.Sweep();
            store.Layers.Sweep();
            store.Load();
            return store;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>Records that cannot be used, with the reason, for <c>skerry doctor</c>.</summary>
    public IReadOnlyList<string> Damaged { get; private set; } = [];

    /// <summary>All images, newest first.</summary>
    public IReadOnlyList<ImageRecord> List()
    {
        lock (_gate)
        {
            return [.. _images.Values.OrderByDescending(i => i.PulledAt).ThenBy(i => i.ToString(), StringComparer.Ordinal)];
        }
    }

    /// <summary>
    /// The image of that name: a reference (without tag: <c>latest</c>), a repository digest, an id or at least four digits of it.
    /// </summary>
    /// <exception cref="ImageException">None, or more than one.</exception>
    public ImageRecord Find(string nameOrId) => TryFind(nameOrId) ?? throw NotFound(nameOrId);

    /// <summary>As <see cref="Find"/>, with null for none.</summary>
    /// <exception cref="ImageException">More than one.</exception>
    public ImageRecord? TryFind(string nameOrId)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        lock (_gate)
        {
            return FindLocked(nameOrId);
        }
    }

    /// <summary>Finds an image and keeps all of it from being deleted until the lease is disposed.</summary>
    /// <exception cref="ImageException">None, or more than one.</exception>
    public (ImageRecord Image, ImageLease Lease) Hold(string nameOrId)
    {
        lock (_gate)
        {
            var image = FindLocked(nameOrId) ?? throw NotFound(nameOrId);
            var lease = new ImageLease(this);
            lease.ProtectImage(image);
            _leases.Add(lease);
            return (image, lease);
        }
    }

    /// <summary>Gives an image one more name; takes it from the image that had it.</summary>
    /// <exception cref="ImageException">No such image.</exception>
    public ImageRecord Tag(string nameOrId, ImageReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        lock (_gate)
        {
            var image = FindLocked(nameOrId) ?? throw NotFound(nameOrId);
            return WriteLocked(image.Wire with { References = [.. image.References.Append(reference.WithTag(reference.Tag ?? ImageReference.DefaultTag).ToString()).Distinct().Order(StringComparer.Ordinal)] });
        }
    }

    /// <summary>The manifest, byte for byte.</summary>
    public byte[] ReadManifest(ImageRecord image) => Content.ReadVerified(image.ManifestDigest, ManifestLimits.MaxBytes);

    /// <summary>The configuration, byte for byte.</summary>
    public byte[] ReadConfig(ImageRecord image) => Content.ReadVerified(image.ConfigDigest, ManifestLimits.MaxBytes);

    /// <inheritdoc/>
    public void Dispose() => Root.Dispose();

    internal ImageLease NewLease()
    {
        var lease = new ImageLease(this);
        lock (_gate)
        {
            _leases.Add(lease);
        }

        return lease;
    }

    internal void Release(ImageLease lease)
    {
        lock (_gate)
        {
            _leases.Remove(lease);
        }
    }

    internal void Under(Action action)
    {
        lock (_gate)
        {
            action();
        }
    }

    internal T Under<T>(Func<T> action)
    {
        lock (_gate)
        {
            return action();
        }
    }

    /// <summary>
    /// Makes an image count as there. 1. The names of its blobs and layers are made durable. 2. The record. What the record
    /// names must be committed and protected by a lease of the caller.
    /// </summary>
    internal ImageRecord Commit(ImageWire wire)
    {
        // 1. Names.
        Root.Step("sync names");
        Content.SyncNames();
        Layers.SyncNames();

        // 2. The record, with the names that an earlier pull of the same manifest gave it.
        lock (_gate)
        {
            if (_images.TryGetValue(Digest.Parse(wire.ManifestDigest), out var before))
            {
                wire = wire with
                {
                    References = [.. wire.References.Concat(before.References).Distinct().Order(StringComparer.Ordinal)],
                    RepoDigests = [.. wire.RepoDigests.Concat(before.RepoDigests).Distinct().Order(StringComparer.Ordinal)],

                    // What an index signed must stay tied to the manifest, whichever way it is pulled next.
                    IndexDigest = wire.IndexDigest ?? before.Wire.IndexDigest,
                    Signatures = Trust.ImageEvidence.Merge(wire.Signatures, before.Wire.Signatures),
                    Verdicts = wire.Verdicts is [var news, ..] ? Trust.ImageEvidence.With(news, before.Wire.Verdicts) : before.Wire.Verdicts,
                };
            }

            return WriteLocked(wire);
        }
    }

    /// <summary>Takes names from an image, or the image itself; what it needed is unreferenced then. Under the gate.</summary>
    internal void RewriteLocked(ImageRecord image, IReadOnlyList<string> references) => WriteLocked(image.Wire with { References = references });

    /// <summary>Notes evidence or a verdict of an image that is still there. What is named must be stored, and protected by a lease of the caller.</summary>
    internal ImageRecord? Note(Digest manifest, Func<ImageWire, ImageWire> change)
    {
        Content.SyncNames();
        lock (_gate)
        {
            return _images.TryGetValue(manifest, out var image) ? WriteLocked(change(image.Wire)) : null;
        }
    }

    internal void DeleteLocked(ImageRecord image)
    {
        Root.Step("delete image record");
        FileCalls.Unlink(Root.Images, NameOf(image.ManifestDigest));
        FileCalls.Sync(Root.Images);
        _images.Remove(image.ManifestDigest);
    }

    internal ImageRecord? FindLocked(string nameOrId)
    {
        var byId = new List<ImageRecord>();
        string id = nameOrId.StartsWith("sha256:", StringComparison.Ordinal) ? nameOrId[7..] : nameOrId;
        if (id.Length >= MinIdDigits && id.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0)
        {
            byId.AddRange(_images.Values.Where(i => i.ConfigDigest.Hex.StartsWith(id, StringComparison.Ordinal) || i.ManifestDigest.Hex.StartsWith(id, StringComparison.Ordinal)));
        }

        if (ImageReference.TryParse(nameOrId, out var reference))
        {
            string name = reference.ToString();
            var named = _images.Values.FirstOrDefault(i => i.References.Contains(name, StringComparer.Ordinal));
            if (named is null && reference.Digest is { } digest)
            {
                named = _images.Values.FirstOrDefault(i => i.RepoDigests.Contains($"{reference.Name}@{digest}", StringComparer.Ordinal)
                    || (i.ManifestDigest == digest && i.RepoDigests.Any(d => d.StartsWith(reference.Name + "@", StringComparison.Ordinal))));
            }

            if (named is not null)
            {
                return named;
            }
        }

        return byId.Count switch
        {
            0 => null,
            1 => byId[0],
            _ when byId.All(i => i.ConfigDigest == byId[0].ConfigDigest) => byId.MaxBy(i => i.PulledAt),
            _ => throw new ImageException(ImageProblem.Ambiguous, $"image {nameOrId}: {byId.Count} images have an id that begins so; give more digits"),
        };
    }

    /// <summary>Everything that may not be deleted now. Under the gate.</summary>
    internal (HashSet<Digest> Manifests, HashSet<Digest> Blobs, HashSet<Digest> DiffIds, HashSet<string> LayerNames) NeededLocked(ImageLease? except = null)
    {
        var manifests = new HashSet<Digest>(_usedByContainers());
        var blobs = new HashSet<Digest>();
        var diffIds = new HashSet<Digest>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var image in _images.Values)
        {
            blobs.UnionWith(Kept(image));
            names.UnionWith(image.Layers.Select(l => l.Name));
        }

        foreach (var lease in _leases.Where(l => l != except))
        {
            manifests.UnionWith(lease.Manifests);
            blobs.UnionWith(lease.Blobs);
            diffIds.UnionWith(lease.DiffIds);
        }

        return (manifests, blobs, diffIds, names);
    }

    internal IEnumerable<ImageRecord> ImagesLocked() => _images.Values;

    /// <summary>The blobs of an image that stay while it is there.</summary>
    internal IEnumerable<Digest> Kept(ImageRecord image) =>
        Options.KeepBlobs ? image.Blobs : image.Blobs.Except(image.Layers.Select(static l => l.Blob.Digest));

    /// <summary>Whether a lease holds the image: a container that is just made, an export, a scrub. Under the gate.</summary>
    internal bool IsLeasedLocked(Digest manifest, ImageLease except) => _leases.Any(l => l != except && l.Manifests.Contains(manifest));

    /// <summary>Keeps containers of the images from mounting layers, and says which have done so.</summary>
    internal Task<ImageUse> UseAsync(IReadOnlySet<Digest> manifests, CancellationToken ct) => _use(manifests, ct);

    /// <summary>Reads again what the records took from their layers, after one was put in place. Under the gate.</summary>
    internal void RebindLocked(string layer)
    {
        foreach (var image in _images.Values.Where(i => i.Layers.Any(l => l.Name == layer)).ToList())
        {
            _images[image.ManifestDigest] = Bind(image.Wire);
        }
    }

    private static ImageException NotFound(string nameOrId) =>
        new(ImageProblem.NotFound, $"image {nameOrId}: there is none of that name or id here; 'skerry image ls' shows what there is, 'skerry image pull' fetches it");

    private static string NameOf(Digest manifest) => $"{manifest.Algorithm}-{manifest.Hex}{Extension}";

    private ImageRecord WriteLocked(ImageWire wire)
    {
        wire = wire with { Version = 1, Sequence = ++_sequence };
        var record = Bind(wire);
        Replace(NameOf(record.ManifestDigest), wire);

        // A name belongs to one image. Between these two writes a crash leaves both with it; the higher sequence wins at load.
        _images[record.ManifestDigest] = record;
        foreach (var other in _images.Values.Where(i => i != record && i.References.Intersect(record.References, StringComparer.Ordinal).Any()).ToList())
        {
            var rest = other.Wire with { Sequence = ++_sequence, References = [.. other.References.Except(record.References, StringComparer.Ordinal)] };
            Replace(NameOf(other.ManifestDigest), rest);
            _images[other.ManifestDigest] = Bind(rest);
        }

        return record;
    }

    private void Replace(string name, ImageWire wire)
    {
        // 1. the new content, durable; 2. its name, atomically; 3. the name, durable.
        string temporary = $"{name}.new";
        using (var file = FileCalls.Open(Root.Images, temporary, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, 0x180))
        {
            Root.Step("write image record");
            FileCalls.Write(file, JsonSerializer.SerializeToUtf8Bytes(wire, ImageJson.Default.ImageWire), 0, name);
            FileCalls.Sync(file);
        }

        Root.Step("rename image record");
        FileCalls.Rename(Root.Images, temporary, Root.Images, name);
        Root.Step("sync image record");
        FileCalls.Sync(Root.Images);
    }

    private ImageRecord Bind(ImageWire wire) => new(
        wire,
        image => ImageConfig.Parse(ReadConfig(image), wire.ConfigMediaType, [.. image.Layers.Select(static l => l.Blob.Digest)]),
        image => ManifestParser.Parse(ReadManifest(image), image.Wire.ManifestMediaType).Annotations,
        Layers.PathOf,
        [.. wire.Layers.Select(l => Layers.Read(l.Name)?.Meta.HidesAllBelow ?? false)]);

    private void Load()
    {
        var damaged = new List<string>();
        var taken = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in FileCalls.Entries(Root.Images))
        {
            if (!entry.Name.EndsWith(Extension, StringComparison.Ordinal))
            {
                FileCalls.Unlink(Root.Images, entry.Name);
                continue;
            }

            try
            {
                var record = Bind(ReadWire(entry.Name));
                _sequence = Math.Max(_sequence, record.Wire.Sequence);
                if (NameOf(record.ManifestDigest) != entry.Name)
                {
                    throw new JsonException("it is the record of another image");
                }

                var missing = record.Layers.Where(l => Layers.Read(l.Name) is null).Select(l => l.DiffId).ToList();
                if (missing.Count > 0)
                {
                    damaged.Add($"image {record}: layer {missing[0]} is missing; pull it again");
                }

                _images.Add(record.ManifestDigest, record);
                foreach (string reference in record.References)
                {
                    taken[reference] = Math.Max(record.Wire.Sequence, taken.GetValueOrDefault(reference));
                }
            }
            catch (Exception e) when (e is JsonException or OciFormatException or ArgumentException or IOException)
            {
                damaged.Add($"image record {Root.Path}/images/{entry.Name}: {e.Message}; delete the file and pull the image again");
            }
        }

        foreach (var record in _images.Values.Where(r => r.References.Any(n => taken[n] != r.Wire.Sequence)).ToList())
        {
            _images[record.ManifestDigest] = Bind(record.Wire with { References = [.. record.References.Where(n => taken[n] == record.Wire.Sequence)] });
        }

        Damaged = damaged;
    }

    private ImageWire ReadWire(string name)
    {
        var (opened, error) = FileCalls.OpenBeneath(Root.Images, name, OpenFlags.Read);
        using var file = opened ?? throw LinuxException.Of("openat2", name, error);
        long size = FileCalls.Status(file).Size;
        if (size > MaxRecordBytes)
        {
            throw new JsonException($"{size} bytes");
        }

        var bytes = new byte[size];
        int n = FileCalls.Read(file, bytes, 0, name);
        return JsonSerializer.Deserialize(bytes.AsSpan(0, n), ImageJson.Default.ImageWire) is { Version: 1, References: not null, RepoDigests: not null, Layers: not null } wire
            && wire.References.All(static r => r is not null) && wire.RepoDigests.All(static d => d is not null) && wire.Layers.All(static l => l is not null)
            ? wire
            : throw new JsonException("it is no image record of version 1");
    }
}
