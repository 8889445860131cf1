using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Connections.Features;
using Skerry.Node.Audit;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Api;

/// <summary>Stands around every call, outside <see cref="ErrorInterceptor"/>: says on whose word things happen meanwhile, and logs what was refused.</summary>
internal sealed class CallInterceptor(NodeRooms rooms) : Interceptor
{
    /// <summary>Calls that only look: that one of them fails is nobody's business.</summary>
    private static readonly string[] Looking = ["List", "Inspect", "Wait", "Logs", "Stats", "Events", "Describe", "Diagnose", "Lattice", "Read", "File", "Prove", "Check", "Top"];

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        Around(context, () => continuation(request, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        Around(context, () => Nothing(continuation(request, responseStream, context)));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        Around(context, () => continuation(requestStream, context));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        Around(context, () => Nothing(continuation(requestStream, responseStream, context)));

    private static async Task<bool> Nothing(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    private async Task<T> Around<T>(ServerCallContext context, Func<Task<T>> call)
    {
        var peer = context.GetHttpContext().Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(PeerGate.Item, out var item) == true ? item as Peer : null;
        using var asker = peer is null ? null : Asker.Begin(peer.Pid, peer.Uid);
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RpcException error) when (error.StatusCode != StatusCode.Cancelled)
        {
            var method = context.Method[(context.Method.LastIndexOf('.') + 1)..];
            if (!Looking.Contains(method[(method.LastIndexOf('/') + 1)..], StringComparer.Ordinal))
            {
                rooms.Trail.Refused(method, error.StatusCode is StatusCode.PermissionDenied or StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.AlreadyExists, error.Status.Detail);
            }

            throw;
        }
    }
}
