using System.Buffers;
using Skerry.Node.Images.Content;
using Skerry.Oci;
using Skerry.Oci.Distribution;

namespace Skerry.Node.Images.Pulling;

/// <summary>Brings one blob into an ingest, going on where it stopped, until all bytes are there and verified.</summary>
internal static class BlobFetch
{
    private const int BufferSize = 256 * 1024;

    /// <summary>Fetches what is missing. Returns with the ingest verified, not committed.</summary>
    /// <exception cref="ImageException">The bytes are wrong twice, or there is no room.</exception>
    /// <exception cref="RegistryException">The source does not give it.</exception>
    public static async Task FetchAsync(
        IImageSource source, Descriptor blob, Ingest ingest, ImagesOptions options, SpaceGuard space, IProgress<PullProgress>? progress, CancellationToken ct)
    {
        if (ingest.IsStored)
        {
            return;
        }

        // Bytes of an earlier run may be torn by a power cut: if the digest is wrong then, all is fetched again, once.
        bool resumed = ingest.Offset > 0;
        for (int tries = 1; ; tries++)
        {
            long before = ingest.Offset;
            try
            {
                if (!ingest.IsComplete)
                {
                    await CopyAsync(source, blob, ingest, space, progress, ct).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (IsTransient(e) && !ct.IsCancellationRequested && tries < options.MaxTries)
            {
                // Whoever gave bytes before it broke gets all its tries again.
                tries = ingest.Offset > before ? 0 : tries;
                continue;
            }

            try
            {
                ingest.Verify();
                return;
            }
            catch (ImageException e) when (e.Problem == ImageProblem.Corrupt && resumed)
            {
                ingest.Restart();
                resumed = false;
            }
        }
    }

    private static async Task CopyAsync(IImageSource source, Descriptor blob, Ingest ingest, SpaceGuard space, IProgress<PullProgress>? progress, CancellationToken ct)
    {
        using var opened = await source.OpenBlobAsync(blob, ingest.Offset, ct).ConfigureAwait(false);
        long skip = ingest.Offset - opened.Offset;
        if (skip < 0)
        {
            throw new ImageException(ImageProblem.Corrupt, $"fetch {blob.Digest} of {source.Name}: bytes from {ingest.Offset} on were asked for, {opened.Offset} and on came");
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long told = 0;
            while (await opened.Content.ReadAsync(buffer, ct).ConfigureAwait(false) is var n and > 0)
            {
                // What is here already is kept: its bytes were hashed, the server's are dropped.
                int drop = (int)Math.Min(skip, n);
                skip -= drop;
                if (n > drop)
                {
                    space.Charge(n - drop);
                    ingest.Append(buffer.AsSpan(drop, n - drop));
                }

                if (progress is not null && ingest.Offset - told >= 1 << 20)
                {
                    told = ingest.Offset;
                    progress.Report(new PullProgress(PullPhase.Fetching, blob.Digest, ingest.Offset, blob.Size));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        progress?.Report(new PullProgress(PullPhase.Fetching, blob.Digest, ingest.Offset, blob.Size));
    }

    private static bool IsTransient(Exception e) =>
        e is RegistryException { Failure: RegistryFailure.Unreachable or RegistryFailure.Timeout or RegistryFailure.Integrity or RegistryFailure.Protocol } or HttpRequestException
        || (e is IOException and not ImageException and not Linux.LinuxException && !ImageException.IsOutOfSpace(e));
}
