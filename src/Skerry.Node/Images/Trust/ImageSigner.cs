using Skerry.Node.Configuration;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Journal;
using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Signing;

namespace Skerry.Node.Images.Trust;

/// <summary>Signs images, and stores the signature where others find it.</summary>
internal sealed class ImageSigner(ImageStore store, ImagePuller puller, TimeFloor time)
{
    private const string Here = "this node";

    /// <summary>
    /// Signs. 1. Certificates and name are read, before anything is asked of a registry. 2. The name is resolved to a digest. 3. The digest is
    /// signed. 4. The signature is stored on the registry. 5. And with the image, where that is here.
    /// </summary>
    /// <param name="order">What is to be signed, and how.</param>
    /// <param name="key">Whose signature it is to be.</param>
    /// <param name="sign">Signs, wherever the key is. What it gives is verified before it is stored.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>NAME@DIGEST, where the signature lies, and the key's id.</returns>
    /// <exception cref="ImageException">No such image here.</exception>
    /// <exception cref="OciFormatException">Key, certificates or name cannot be used.</exception>
    /// <exception cref="RegistryException">The registry did not give or take something.</exception>
    internal async Task<(string Image, string Place, string KeyId)> SignAsync(
        SigningOrder order, PublicKey key, Func<UnsignedArtifact, CancellationToken, Task<ReadOnlyMemory<byte>>> sign, CancellationToken ct)
    {
        // 1.
        var chain = order.IsNotation ? Certificate.FromPem(order.Certificates) : [];
        var reference = ImageReference.Parse(order.Image);

        // 2.
        var record = order.IsLocal ? store.Find(order.Image) : null;
        using var client = puller.Client(reference, null);
        var image = record is not null
            ? new Descriptor(record.Wire.ManifestMediaType, record.ManifestDigest, store.Content.Size(record.ManifestDigest) ?? 0)
            : (await client.GetManifestAsync(reference, ct).ConfigureAwait(false)).Descriptor;

        // 3.
        var before = order.IsNotation || order.AsReferrer || order.IsLocal ? null : await SignaturePush.UnderTagAsync(client, reference, image.Digest, ct).ConfigureAwait(false);
        var unsigned = order.IsNotation
            ? NotationSigning.Prepare(image, order.Annotations, key, chain, time.Now(), order.Lifetime, "skerry/" + NodeVersion.Text)
            : CosignSigning.Prepare(image, reference.Name, order.Annotations, key, order.AsReferrer, before);
        var signature = unsigned.Complete(await sign(unsigned, ct).ConfigureAwait(false));

        // 4.
        var place = order.IsLocal ? Here : await SignaturePush.RunAsync(client, reference, image.Digest, signature, ct).ConfigureAwait(false);

        // 5.
        await KeepAsync(image.Digest, signature, place, ct).ConfigureAwait(false);
        return ($"{reference.Name}@{image.Digest}", place, key.Id);
    }

    private async Task KeepAsync(Digest image, SignatureArtifact signature, string place, CancellationToken ct)
    {
        var about = store.List().Where(r => r.ManifestDigest == image || r.Wire.IndexDigest == image.ToString()).ToList();
        if (about.Count == 0)
        {
            return;
        }

        using var lease = store.NewLease();
        var kept = await new StoredSignatures(store).KeepAsync([signature.ToManifest(place)], lease, ct).ConfigureAwait(false);
        foreach (var record in about)
        {
            store.Note(record.ManifestDigest, wire => wire with { Signatures = ImageEvidence.Merge(kept, wire.Signatures) });
        }
    }
}
