using Google.Protobuf;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Processes;
using Skerry.Node.Pods;
using Skerry.Node.Pods.Copying;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Api;

/// <content>cp: tar streams into and out of containers.</content>
internal sealed partial class PodsDoor
{
    /// <summary>What a caller may still send behind the archive's end.</summary>
    private const long MostCopyPadding = 64L << 20;

    private readonly ContainerRoots _roots = new(rooms);

    public override async Task<CopyInResponse> CopyIn(IAsyncStreamReader<CopyInRequest> requestStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false) || requestStream.Current.Start is not { } start)
        {
            throw PodException.Invalid("copy: the first message says where to (start)");
        }

        var (pod, container) = Find(start.Container);
        using var root = await _roots.Open(pod, container, start.Path).ConfigureAwait(false);
        using var ends = CopyEnds(container, context);
        await using var tar = new CallerStream<CopyInRequest>(
            requestStream,
            static word => word.WhatCase == CopyInRequest.WhatOneofCase.Tar ? word.Tar : throw PodException.Invalid("copy: after the first message comes the tar stream"),
            ends.Token);
        var entries = await Copy(container, context, "copy-in", identity => new TreeUnpacking(root, identity, ends.Token).Unpack(tar, start.Path)).ConfigureAwait(false);
        await tar.Drain(MostCopyPadding).ConfigureAwait(false);
        rooms.Events.Tell("container.copy-in", pod, container, ("path", start.Path));
        return new CopyInResponse { Entries = entries };
    }

    public override async Task CopyOut(CopyOutRequest request, IServerStreamWriter<CopyOutResponse> responseStream, ServerCallContext context)
    {
        var (pod, container) = Find(request.Container);
        if (request.Path.Length == 0)
        {
            throw PodException.Invalid("copy: name a path in the container");
        }

        using var root = await _roots.Open(pod, container, request.Path).ConfigureAwait(false);
        using var ends = CopyEnds(container, context);
        await using var tar = new AnswerStream(bytes => responseStream.WriteAsync(new CopyOutResponse { Tar = bytes }, ends.Token), ends.Token);
        await Copy(container, context, "copy-out", _ =>
        {
            new TreePacking(root, tar, ends.Token).Pack(request.Path);
            tar.Complete();
            return true;
        }).ConfigureAwait(false);
    }

    private static async Task<T> Copy<T>(PodContainer container, ServerCallContext context, string name, Func<FileIdentity, T> work)
    {
        try
        {
            return await FileIdentity.Run(name, work).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw PodException.State($"container {container.View.Name} ended, or the node stops: the copy is not complete", "copy again");
        }
    }

    /// <summary>Cancelled when the caller goes away, the node stops, or a container that ran has ended: its root must be free for its next start.</summary>
    private CancellationTokenSource CopyEnds(PodContainer container, ServerCallContext context)
    {
        var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        if (container.IsAlive)
        {
            _ = container.Ended.ContinueWith(
                static (_, state) => Cancel((CancellationTokenSource)state!), ends, ends.Token, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        return ends;

        static void Cancel(CancellationTokenSource ends)
        {
            try
            {
                ends.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The copy was complete first.
            }
        }
    }
}
