using System.Globalization;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Images.Transfer;
using Skerry.Node.Images.Upkeep;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;
using Skerry.Oci;
using Skerry.Oci.Archives;
using WireFinding = Skerry.Contracts.Node.V1.ScrubFinding;
using WireSummary = Skerry.Contracts.Node.V1.ScrubSummary;

namespace Skerry.Node.Api;

/// <summary>Carrying archives in and out, and reading everything again. No archive is held in memory or laid down as a file.</summary>
internal sealed partial class ImagesDoor
{
    /// <summary>What a caller may still send behind the archive's last entry: tar pads to 10 KiB, compressors to less.</summary>
    private const long MostPadding = 64L << 20;

    private readonly ImageImporter _importer = new(images.Store);
    private readonly ImageExporter _exporter = new(images.Store);
    private readonly ImageScrubber _scrubber = new(images.Store, images.Puller);

    public override async Task Import(IAsyncStreamReader<ImportImageRequest> requestStream, IServerStreamWriter<ImportImageResponse> responseStream, ServerCallContext context)
    {
        var cancel = context.CancellationToken;
        if (!await requestStream.MoveNext(cancel).ConfigureAwait(false) || requestStream.Current.Start is not { } start)
        {
            throw PodException.Invalid("import: the first message must say how to import (start)");
        }

        var reference = start.Reference.Length > 0 ? ImageReference.Parse(start.Reference) : null;
        var platform = start.Platform.Length > 0 ? Platform.Parse(start.Platform) : null;
        await using var archive = new CallerStream<ImportImageRequest>(requestStream, BytesOf, cancel);
        IReadOnlyList<Images.ImageRecord> records;
        await using (var relay = new ProgressRelay(p => responseStream.WriteAsync(new ImportImageResponse { Progress = p })))
        {
            records = await _importer.ImportAsync(archive, reference, platform, new PullWords(relay, "reading"), cancel).ConfigureAwait(false);
            await archive.Drain(MostPadding).ConfigureAwait(false);
        }

        foreach (var record in records)
        {
            rooms.Events.Tell("image.import", ("image", record.ToString()), ("digest", record.ManifestDigest.ToString()));
            await responseStream.WriteAsync(new ImportImageResponse { Image = View(record) }).ConfigureAwait(false);
        }
    }

    public override async Task Export(ExportImageRequest request, IServerStreamWriter<ExportImageResponse> responseStream, ServerCallContext context)
    {
        if (request.Images.Count == 0)
        {
            throw PodException.Invalid("export: name at least one image");
        }

        var format = request.Format switch
        {
            "" or "oci-archive" => ArchiveFormat.OciArchive,
            "docker-archive" => ArchiveFormat.DockerArchive,
            _ => throw PodException.Invalid($"export: format '{request.Format}' is none of oci-archive, docker-archive"),
        };
        await using var target = new AnswerStream(bytes => responseStream.WriteAsync(new ExportImageResponse { Archive = bytes }), context.CancellationToken);
        await _exporter.ExportAsync([.. request.Images], format, target, context.CancellationToken).ConfigureAwait(false);
        target.Complete();
        rooms.Events.Tell("image.export", ("images", string.Join(' ', request.Images)));
    }

    public override async Task Scrub(ScrubImagesRequest request, IServerStreamWriter<ScrubImagesResponse> responseStream, ServerCallContext context)
    {
        // A finding is never dropped, as progress may be: all go through one queue, in their order.
        var words = Channel.CreateUnbounded<ScrubImagesResponse>(new UnboundedChannelOptions { SingleReader = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var scrub = Run();
        try
        {
            await foreach (var word in words.Reader.ReadAllAsync(context.CancellationToken).ConfigureAwait(false))
            {
                await responseStream.WriteAsync(word).ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await scrub.ConfigureAwait(false);
        }

        async Task Run()
        {
            try
            {
                var findings = new Sink<Images.Upkeep.ScrubFinding>(f => words.Writer.TryWrite(new ScrubImagesResponse { Finding = View(f) }));
                var objects = new Sink<ScrubStep>(s => words.Writer.TryWrite(new ScrubImagesResponse { Progress = View(s) }));
                var summary = await _scrubber.ScrubAsync(request.Image.Length > 0 ? request.Image : null, request.Repair, findings, objects, stop.Token).ConfigureAwait(false);
                if (summary.Repaired > 0)
                {
                    rooms.ForgetImages(changed: true);
                    rooms.Events.Tell("image.repair", ("repaired", summary.Repaired.ToString(CultureInfo.InvariantCulture)));
                }

                words.Writer.TryWrite(new ScrubImagesResponse { Summary = View(summary) });
            }
            finally
            {
                // A failure comes out where this task is awaited, after the queue was read to its end.
                words.Writer.Complete();
            }
        }
    }

    private static ByteString BytesOf(ImportImageRequest request) => request.WhatCase == ImportImageRequest.WhatOneofCase.Archive
        ? request.Archive
        : throw PodException.Invalid("import: only parts of the archive may follow the first message");

    private static Progress View(ScrubStep step) => new()
    {
        Id = step.Subject.Hex[..12],
        Status = step.Done ? "done" : "verifying",
        Message = step.Image,
    };

    private static WireFinding View(Images.Upkeep.ScrubFinding finding) => new()
    {
        Image = finding.Image,
        Digest = finding.Digest.ToString(),
        Path = finding.Path,
        Problem = finding.Problem,
        Repaired = finding.Repaired,
        Action = finding.Action,
    };

    private static WireSummary View(Images.Upkeep.ScrubSummary summary) => new()
    {
        Blobs = (ulong)summary.Blobs,
        Files = (ulong)summary.Files,
        Bytes = summary.Bytes,
        Corrupted = (ulong)summary.Corrupted,
        Repaired = (ulong)summary.Repaired,
    };

    private sealed class Sink<T>(Action<T> take) : IProgress<T>
    {
        public void Report(T value) => take(value);
    }
}
