using Skerry.Oci;

namespace Skerry.Node.Images;

/// <summary>Holds containers of some images off, and says which of them have layers mounted. What must hold: until it is disposed none of those that it does not name begins to.</summary>
/// <param name="containers">Names of containers that may have the layers mounted; asked under the store's gate, so it must be quick and must not call back.</param>
/// <param name="release">Lets them go on.</param>
public sealed class ImageUse(Func<IReadOnlyList<string>> containers, Action release) : IDisposable
{
    /// <summary>Who may have the layers mounted now.</summary>
    public IReadOnlyList<string> Containers() => containers();

    /// <inheritdoc/>
    public void Dispose() => release();
}

/// <summary>Asks the node for the use of images, by the digests of their manifests.</summary>
public delegate Task<ImageUse> ImageUseQuery(IReadOnlySet<Digest> manifests, CancellationToken ct);
