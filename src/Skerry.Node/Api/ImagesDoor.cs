using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Images;
using Skerry.Node.Images.Trust;
using Skerry.Node.Images.Upkeep;
using Skerry.Node.Reconcile;
using Skerry.Oci;
using Skerry.Oci.Distribution;
using ImagesWire = Skerry.Contracts.Node.V1.Images;

namespace Skerry.Node.Api;

/// <summary>The door for images. Carrying archives in and out is in the other file of this class.</summary>
internal sealed partial class ImagesDoor(NodeRooms rooms, ImageChoice images) : ImagesWire.ImagesBase
{
    private readonly ImageCollector _collector = new(images.Store);

    public override async Task Pull(PullImageRequest request, IServerStreamWriter<PullImageResponse> responseStream, ServerCallContext context)
    {
        var reference = ImageReference.Parse(request.Reference);
        var platform = request.Platform.Length > 0 ? Platform.Parse(request.Platform) : null;
        var credential = request.Auth is { } auth
            ? new RegistryCredential { Username = auth.Username, Password = auth.Password, IdentityToken = auth.IdentityToken.Length > 0 ? auth.IdentityToken : null }
            : null;
        ImageRecord record;
        await using (var relay = new ProgressRelay(p => responseStream.WriteAsync(new PullImageResponse { Progress = p })))
        {
            var ask = new TrustAsk(request.Reference, request.Trust, request.TrustReason);
            record = await images.Puller.PullAsync(reference, platform, credential, new PullWords(relay), images.Trust.OnPull(reference, ask), context.CancellationToken).ConfigureAwait(false);
        }

        rooms.Events.Tell("image.pull", ("image", record.ToString()), ("digest", record.ManifestDigest.ToString()));
        await responseStream.WriteAsync(new PullImageResponse { Image = View(record) }).ConfigureAwait(false);
    }

    public override Task<ListImagesResponse> List(ListImagesRequest request, ServerCallContext context)
    {
        var answer = new ListImagesResponse();
        foreach (var record in images.Store.List())
        {
            if (request.Filter.Length == 0 || Answers(record, request.Filter))
            {
                answer.Images.Add(View(record));
            }
        }

        return Task.FromResult(answer);
    }

    public override Task<InspectImageResponse> Inspect(InspectImageRequest request, ServerCallContext context)
    {
        var record = images.Store.Find(request.Image);
        return Task.FromResult(new InspectImageResponse
        {
            Image = View(record),
            ManifestJson = System.Text.Encoding.UTF8.GetString(images.Store.ReadManifest(record)),
            ConfigJson = System.Text.Encoding.UTF8.GetString(images.Store.ReadConfig(record)),
        });
    }

    public override async Task<RemoveImageResponse> Remove(RemoveImageRequest request, ServerCallContext context)
    {
        var removed = await _collector.RemoveAsync(request.Image, request.Force, context.CancellationToken).ConfigureAwait(false);
        rooms.ForgetImages();
        rooms.Events.Tell("image.remove", ("image", request.Image));
        var answer = new RemoveImageResponse { FreedBytes = removed.FreedBytes };
        answer.Untagged.AddRange(removed.Untagged);
        answer.Deleted.AddRange(removed.Deleted.Select(static d => d.ToString()));
        return answer;
    }

    public override async Task<PruneImagesResponse> Prune(PruneImagesRequest request, ServerCallContext context)
    {
        var removed = await _collector.PruneAsync(request.All, context.CancellationToken).ConfigureAwait(false);
        rooms.ForgetImages();
        rooms.Events.Tell("image.prune", ("freedBytes", removed.FreedBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var answer = new PruneImagesResponse { FreedBytes = removed.FreedBytes };
        answer.Deleted.AddRange(removed.Deleted.Select(static d => d.ToString()));
        return answer;
    }

    public override Task<TagImageResponse> Tag(TagImageRequest request, ServerCallContext context)
    {
        images.Store.Tag(request.Image, ImageReference.Parse(request.Reference));
        return Task.FromResult(new TagImageResponse());
    }

    private static ImageVerdict Of(ImageVerdictWire verdict)
    {
        var view = new ImageVerdict
        {
            Name = verdict.Name,
            Policy = verdict.Policy,
            Time = Timestamp.FromDateTimeOffset(verdict.At),
            GoodUntil = verdict.GoodUntil is { } end ? Timestamp.FromDateTimeOffset(end) : null,
        };
        view.SignedDigests.AddRange(verdict.Signed);
        view.SignedBy.AddRange(verdict.By);
        return view;
    }

    private static bool Answers(ImageRecord record, string filter)
    {
        var wanted = ImageReference.Parse(filter);
        var name = wanted.ToString();
        var hasTag = filter.LastIndexOf(':') > filter.LastIndexOf('/');
        return record.References.Any(r => hasTag ? r == name : r.StartsWith(wanted.Name + ":", StringComparison.Ordinal));
    }

    private Image View(ImageRecord record)
    {
        var digest = record.ManifestDigest.ToString();
        var view = new Image
        {
            Id = record.ConfigDigest.ToString(),
            ManifestDigest = digest,
            Platform = record.Platform.ToString(),
            PulledAt = Timestamp.FromDateTimeOffset(record.PulledAt),
            SizeBytes = record.CompressedBytes,
            UnpackedBytes = record.UnpackedBytes,
            Containers = (uint)rooms.Index.All.SelectMany(static p => p.Containers).Count(c => c.View.ImageDigest == digest),
        };
        if (record.Config.Created is { } created)
        {
            view.CreatedAt = Timestamp.FromDateTimeOffset(created);
        }

        view.Signatures = (uint)(record.Wire.Signatures?.Count ?? 0);
        view.Verdicts.AddRange((record.Wire.Verdicts ?? []).Select(static v => Of(v)));
        view.References.AddRange(record.References);
        view.RepoDigests.AddRange(record.RepoDigests);
        view.Layers.AddRange(record.Layers.Select(static l => l.DiffId.ToString()));
        return view;
    }
}
