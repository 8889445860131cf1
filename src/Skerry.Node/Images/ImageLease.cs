using Skerry.Oci;

namespace Skerry.Node.Images;

/// <summary>
/// Keeps blobs and layers from being collected while a pull, an export or the start of a container needs them. Protect first,
/// look then: whoever asks whether a thing is there after protecting it, can rely on the answer.
/// </summary>
public sealed class ImageLease : IDisposable
{
    private readonly ImageStore _store;
    private readonly HashSet<Digest> _blobs = []; // guarded by the store's gate
    private readonly HashSet<Digest> _diffIds = []; // guarded by the store's gate
    private readonly HashSet<Digest> _manifests = []; // guarded by the store's gate

    internal ImageLease(ImageStore store) => _store = store;

    internal IReadOnlySet<Digest> Blobs => _blobs;

    internal IReadOnlySet<Digest> DiffIds => _diffIds;

    internal IReadOnlySet<Digest> Manifests => _manifests;

    /// <summary>Lets go.</summary>
    public void Dispose() => _store.Release(this);

    internal void ProtectBlob(Digest digest) => _store.Under(() => _blobs.Add(digest));

    internal void ProtectLayer(Digest diffId) => _store.Under(() => _diffIds.Add(diffId));

    /// <summary>Under the gate already.</summary>
    internal void ProtectImage(ImageRecord image)
    {
        _manifests.Add(image.ManifestDigest);
        _blobs.UnionWith(image.Blobs);
        _diffIds.UnionWith(image.Layers.Select(l => l.DiffId));
    }
}
