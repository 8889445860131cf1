using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Connections;
using Skerry.Linux;
using Skerry.Node.Images;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Journal;
using Skerry.Node.Network;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;
using Skerry.Oci;
using Skerry.Oci.Distribution;

namespace Skerry.Node.Api;

/// <summary>Turns the node's failures into gRPC status codes, once for all doors; the trailer skerry-next says what to do.</summary>
internal sealed class ErrorInterceptor(ILogger<ErrorInterceptor> log) : Interceptor
{
    private const string NextTrailer = "skerry-next";
    private const string ExitCodeTrailer = "skerry-exit-code";

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw Translate(error, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw Translate(error, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw Translate(error, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw Translate(error, context);
        }
    }

    private RpcException Translate(Exception error, ServerCallContext context)
    {
        switch (error)
        {
            case RpcException known:
                return known;
            case OperationCanceledException:
                return new RpcException(new Status(StatusCode.Cancelled, "the caller went away, or the node is stopping"));
            case PodException refused:
                return Make(CodeOf(refused.Failure), refused.Message, refused.Next, refused.ExitCode);
            case SpecRefusedException refused:
                return Make(StatusCode.InvalidArgument, refused.Refusal, refused.Next, null);
            case ImageException image:
                return Make(CodeOf(image.Problem), image.Message, image.Next, null);
            case NetworkException network:
                return Make(CodeOf(network.Fault), $"network: {network.Message}", network.Next, null);
            case RegistryException registry:
                return Make(
                    StatusCode.Unavailable,
                    registry.Message,
                    "see that the image is called so and that this machine reaches the registry; 'skerry image import' takes an image from a file",
                    null);
            case OciFormatException malformed:
                return Make(StatusCode.InvalidArgument, malformed.Message, null, null);
            case LinuxException { IsOutOfSpace: true }:
                return Make(StatusCode.ResourceExhausted, error.Message, "free space on the disk of the node's root: 'skerry image prune', 'skerry rm'", null);
            case IsolationException isolation:
                return Make(StatusCode.Internal, error.Message, null, isolation.ExitCode);
            case JournalException or LinuxException:
                return Make(StatusCode.Internal, error.Message, null, null);
            case IOException { InnerException: ConnectionAbortedException }:
                return new RpcException(new Status(StatusCode.Cancelled, "the caller went away in the middle of what it sent"));
            default:
                log.CallFailed(context.Method, error);
                return Make(StatusCode.Internal, $"{error.GetType().Name}: {error.Message}", "this is a defect of Skerry: please report it with the lines of skerryd's log", null);
        }
    }

    private static StatusCode CodeOf(PodFailure failure) => failure switch
    {
        PodFailure.NotFound => StatusCode.NotFound,
        PodFailure.Exists => StatusCode.AlreadyExists,
        PodFailure.Invalid => StatusCode.InvalidArgument,
        PodFailure.State => StatusCode.FailedPrecondition,
        PodFailure.Refused => StatusCode.PermissionDenied,
        _ => StatusCode.Internal,
    };

    private static StatusCode CodeOf(NetworkFault fault) => fault switch
    {
        NetworkFault.Invalid => StatusCode.InvalidArgument,
        NetworkFault.NotFound => StatusCode.NotFound,
        NetworkFault.PortTaken => StatusCode.FailedPrecondition,
        NetworkFault.TimedOut => StatusCode.DeadlineExceeded,
        _ => StatusCode.Internal,
    };

    private static StatusCode CodeOf(ImageProblem problem) => problem switch
    {
        ImageProblem.NotFound => StatusCode.NotFound,
        ImageProblem.Ambiguous => StatusCode.InvalidArgument,
        ImageProblem.DoesNotFit or ImageProblem.OutOfSpace => StatusCode.ResourceExhausted,
        ImageProblem.InUse => StatusCode.FailedPrecondition,
        ImageProblem.Refused or ImageProblem.Untrusted => StatusCode.PermissionDenied,
        ImageProblem.Busy => StatusCode.Unavailable,
        _ => StatusCode.DataLoss,
    };

    private static RpcException Make(StatusCode code, string message, string? next, int? exitCode)
    {
        var trailers = new Metadata();
        if (next is not null)
        {
            trailers.Add(NextTrailer, Ascii(next));
        }

        if (exitCode is { } number)
        {
            trailers.Add(ExitCodeTrailer, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        return new RpcException(new Status(code, message), trailers);
    }

    /// <summary>Trailers hold printable ASCII only (gRPC over HTTP/2, Custom-Metadata).</summary>
    private static string Ascii(string text) => string.Create(text.Length, text, static (span, from) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        }
    });
}
