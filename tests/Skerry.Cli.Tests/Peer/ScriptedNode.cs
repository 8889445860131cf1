using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Tests.Peer;

/// <summary>
/// The other end of the wire: a real gRPC server on a Unix socket whose answers a test writes. The subject is the command
/// line, which cannot tell it from a node.
/// </summary>
internal sealed class ScriptedNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _directory;

    private ScriptedNode(WebApplication app, string directory)
    {
        _app = app;
        _directory = directory;
    }

    internal string Socket => Path.Combine(_directory, "node.sock");

    internal string Directory => _directory;

    internal Script Script { get; private init; } = new();

    internal static async Task<ScriptedNode> Start(Script script)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("skerry-cli-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(Path.Combine(directory, "node.sock"), listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton(script);
        var app = builder.Build();
        app.MapGrpcService<ScriptedPods>();
        app.MapGrpcService<ScriptedImages>();
        app.MapGrpcService<ScriptedDescription>();
        app.MapGrpcService<ScriptedRecord>();
        app.MapGrpcService<ScriptedGuard>();
        await app.StartAsync();
        return new ScriptedNode(app, directory) { Script = script };
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        System.IO.Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>What the peer answers. What a test did not write is refused as unimplemented.</summary>
internal sealed class Script
{
    internal Func<IAsyncStreamReader<RunRequest>, IServerStreamWriter<RunResponse>, ServerCallContext, Task>? Run { get; init; }

    internal Func<IAsyncStreamReader<ExecRequest>, IServerStreamWriter<StreamResponse>, ServerCallContext, Task>? Exec { get; init; }

    internal Func<IAsyncStreamReader<AttachRequest>, IServerStreamWriter<StreamResponse>, ServerCallContext, Task>? Attach { get; init; }

    internal Func<ListPodsRequest, ListPodsResponse>? List { get; init; }

    internal Func<InspectPodRequest, InspectPodResponse>? Inspect { get; init; }

    internal Func<StopRequest, StopResponse>? Stop { get; init; }

    internal Func<LogsRequest, IServerStreamWriter<LogEntry>, Task>? Logs { get; init; }

    internal Func<StatsRequest, IServerStreamWriter<StatsResponse>, Task>? Stats { get; init; }

    internal Func<EventsRequest, IServerStreamWriter<Event>, Task>? Events { get; init; }

    internal Func<CopyOutRequest, IServerStreamWriter<CopyOutResponse>, Task>? CopyOut { get; init; }

    internal Func<IAsyncStreamReader<CopyInRequest>, Task<CopyInResponse>>? CopyIn { get; init; }

    internal Func<ListImagesRequest, ListImagesResponse>? ListImages { get; init; }

    internal Func<InspectImageRequest, InspectImageResponse>? InspectImage { get; init; }

    internal Func<PullImageRequest, IServerStreamWriter<PullImageResponse>, Task>? Pull { get; init; }

    internal Func<ExportImageRequest, IServerStreamWriter<ExportImageResponse>, Task>? Export { get; init; }

    internal Func<DescribeNodeRequest, DescribeNodeResponse>? Describe { get; init; }

    internal Func<DiagnoseNodeRequest, DiagnoseNodeResponse>? Diagnose { get; init; }

    internal Func<LatticeRequest, LatticeResponse>? Lattice { get; init; }

    internal Func<PlanRequest, PlanResponse>? Plan { get; init; }

    internal Func<ReadRecordRequest, IServerStreamWriter<ReadRecordResponse>, Task>? ReadRecord { get; init; }

    internal Func<RecordStatusRequest, RecordStatusResponse>? RecordStatus { get; init; }

    internal Func<ReadRulesRequest, IServerStreamWriter<ReadRulesResponse>, Task>? ReadRules { get; init; }

    internal static RpcException Refused() => new(new Status(StatusCode.Unimplemented, "not in the script"));

    internal static Exception Failure(StatusCode code, string message, string? next = null, int? exit = null)
    {
        var trailers = new Metadata();
        if (next is not null)
        {
            trailers.Add("skerry-next", next);
        }

        if (exit is { } number)
        {
            trailers.Add("skerry-exit-code", number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        return new RpcException(new Status(code, message), trailers);
    }
}

internal sealed class ScriptedPods(Script script) : Pods.PodsBase
{
    public override Task Run(IAsyncStreamReader<RunRequest> requests, IServerStreamWriter<RunResponse> answers, ServerCallContext context) =>
        (script.Run ?? throw Script.Refused())(requests, answers, context);

    public override Task Exec(IAsyncStreamReader<ExecRequest> requests, IServerStreamWriter<StreamResponse> answers, ServerCallContext context) =>
        (script.Exec ?? throw Script.Refused())(requests, answers, context);

    public override Task Attach(IAsyncStreamReader<AttachRequest> requests, IServerStreamWriter<StreamResponse> answers, ServerCallContext context) =>
        (script.Attach ?? throw Script.Refused())(requests, answers, context);

    public override Task<PlanResponse> Plan(PlanRequest request, ServerCallContext context) =>
        Task.FromResult((script.Plan ?? throw Script.Refused())(request));

    public override Task<ListPodsResponse> List(ListPodsRequest request, ServerCallContext context) =>
        Task.FromResult((script.List ?? throw Script.Refused())(request));

    public override Task<InspectPodResponse> Inspect(InspectPodRequest request, ServerCallContext context) =>
        Task.FromResult((script.Inspect ?? throw Script.Refused())(request));

    public override Task<StopResponse> Stop(StopRequest request, ServerCallContext context) =>
        Task.FromResult((script.Stop ?? throw Script.Refused())(request));

    public override Task Logs(LogsRequest request, IServerStreamWriter<LogEntry> answers, ServerCallContext context) =>
        (script.Logs ?? throw Script.Refused())(request, answers);

    public override Task Stats(StatsRequest request, IServerStreamWriter<StatsResponse> answers, ServerCallContext context) =>
        (script.Stats ?? throw Script.Refused())(request, answers);

    public override Task Events(EventsRequest request, IServerStreamWriter<Event> answers, ServerCallContext context) =>
        (script.Events ?? throw Script.Refused())(request, answers);

    public override Task CopyOut(CopyOutRequest request, IServerStreamWriter<CopyOutResponse> answers, ServerCallContext context) =>
        (script.CopyOut ?? throw Script.Refused())(request, answers);

    public override Task<CopyInResponse> CopyIn(IAsyncStreamReader<CopyInRequest> requests, ServerCallContext context) =>
        (script.CopyIn ?? throw Script.Refused())(requests);
}

internal sealed class ScriptedImages(Script script) : Images.ImagesBase
{
    public override Task<ListImagesResponse> List(ListImagesRequest request, ServerCallContext context) =>
        Task.FromResult((script.ListImages ?? throw Script.Refused())(request));

    public override Task<InspectImageResponse> Inspect(InspectImageRequest request, ServerCallContext context) =>
        Task.FromResult((script.InspectImage ?? throw Script.Refused())(request));

    public override Task Pull(PullImageRequest request, IServerStreamWriter<PullImageResponse> answers, ServerCallContext context) =>
        (script.Pull ?? throw Script.Refused())(request, answers);

    public override Task Export(ExportImageRequest request, IServerStreamWriter<ExportImageResponse> answers, ServerCallContext context) =>
        (script.Export ?? throw Script.Refused())(request, answers);
}

internal sealed class ScriptedDescription(Script script) : Skerry.Contracts.Node.V1.Node.NodeBase
{
    public override Task<DescribeNodeResponse> Describe(DescribeNodeRequest request, ServerCallContext context) =>
        Task.FromResult((script.Describe ?? throw Script.Refused())(request));

    public override Task<LatticeResponse> Lattice(LatticeRequest request, ServerCallContext context) =>
        Task.FromResult((script.Lattice ?? throw Script.Refused())(request));

    public override Task<DiagnoseNodeResponse> Diagnose(DiagnoseNodeRequest request, ServerCallContext context) =>
        Task.FromResult((script.Diagnose ?? throw Script.Refused())(request));
}

internal sealed class ScriptedRecord(Script script) : Skerry.Contracts.Node.V1.Record.RecordBase
{
    public override Task Read(ReadRecordRequest request, IServerStreamWriter<ReadRecordResponse> answers, ServerCallContext context) =>
        (script.ReadRecord ?? throw Script.Refused())(request, answers);

    public override Task<RecordStatusResponse> Status(RecordStatusRequest request, ServerCallContext context) =>
        Task.FromResult((script.RecordStatus ?? throw Script.Refused())(request));
}

internal sealed class ScriptedGuard(Script script) : Skerry.Contracts.Node.V1.Guard.GuardBase
{
    public override Task ReadRules(ReadRulesRequest request, IServerStreamWriter<ReadRulesResponse> answers, ServerCallContext context) =>
        (script.ReadRules ?? throw Script.Refused())(request, answers);
}
