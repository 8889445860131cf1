using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Skerry.Linux;
using Skerry.Linux.Terminals;
using Skerry.Node;
using Skerry.Node.Api;
using Skerry.Node.Configuration;
using Skerry.Node.Hosting;
using Skerry.Node.Journal;
using Skerry.Node.Metrics;
using Skerry.Node.Reconcile;
using Skerry.Node.Survey;

const int Failed = 1;
const int WrongUsage = 2;

StandardStream.OpenMissing();
if (args is [KvmProbe.Argument])
{
    // Not for people: the process in which a guest is tried (KvmProbe), which can be killed when it hangs.
    return KvmProbe.Run(Console.Out, Console.Error);
}

CommandLine line;
NodeOptions options;
try
{
    line = CommandLine.Parse(args);
    if (line.Help)
    {
        await Console.Out.WriteLineAsync(CommandLine.Usage);
        return 0;
    }

    if (line.Version)
    {
        await Console.Out.WriteLineAsync("skerryd " + NodeVersion.Text);
        return 0;
    }

    options = NodeConfiguration.Read(line);
}
catch (ConfigurationException error)
{
    await Console.Error.WriteLineAsync($"skerryd: {error.Message}\n  next: skerryd --help");
    return WrongUsage;
}

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.Logging.AddNodeConsole(options);
builder.Services.AddGrpc(static grpc =>
{
    grpc.Interceptors.Add<CallInterceptor>();
    grpc.Interceptors.Add<ErrorInterceptor>();
    grpc.MaxReceiveMessageSize = 4 << 20;
    grpc.EnableDetailedErrors = false;
});
builder.Services.AddRoutingCore();
builder.WebHost.UseKestrelCore();

using var logging = LoggerFactory.Create(log => log.AddNodeConsole(options));
var log = logging.CreateLogger("skerryd");
ThreadPool.SetMinThreads(16, 4);
NodeStart? node = null;
NodeMetrics? metrics = null;
uint? group;
try
{
    group = NodeAddress.GroupOf(options);
    metrics = NodeMetrics.Open(options, TimeProvider.System, log);
    node = await NodeStart.Prepare(options, TimeProvider.System, logging);
    await node.Begin();
    metrics?.Begin(node.Rooms);
}
catch (Exception error) when (error is ConfigurationException or JournalException or LinuxException or IOException)
{
    log.CannotStart(error.Message);
    if (node is not null)
    {
        await node.DisposeAsync();
    }

    return Failed;
}

var socketPath = NodeAddress.SocketPath(options);
File.Delete(socketPath);
var gate = new PeerGate(log, NodeAddress.EffectiveUser, group);
builder.Services.AddSingleton(node.Rooms);
builder.Services.AddSingleton(node.Starter);
builder.Services.AddSingleton(node.Stopper);
builder.Services.AddSingleton(node.Remover);
builder.Services.AddSingleton(node.Rooms.Images);
builder.Services.AddSingleton<PodsDoor>();
builder.Services.AddSingleton<ImagesDoor>();
builder.Services.AddSingleton<AuditDoor>();
builder.Services.AddSingleton<TrustDoor>();
builder.Services.AddSingleton(new NodeDoor(node.Rooms));
builder.Services.AddSingleton(new RecordDoor(node.Rooms.Recorder));
builder.Services.AddSingleton(node.Quarantine);
builder.Services.AddSingleton(node.Maintenance);
builder.Services.AddSingleton(node.Captures);
builder.Services.AddSingleton(node.Falco);
builder.Services.AddSingleton<GuardDoor>();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.ListenUnixSocket(socketPath, listen =>
    {
        listen.Protocols = HttpProtocols.Http2;
        listen.Use(next => connection => gate.Check(connection, () => next(connection)));
    });
});

await using (node)
{
    await using var app = builder.Build();
    app.MapGrpcService<PodsDoor>();
    app.MapGrpcService<ImagesDoor>();
    app.MapGrpcService<TrustDoor>();
    app.MapGrpcService<NodeDoor>();
    app.MapGrpcService<AuditDoor>();
    app.MapGrpcService<RecordDoor>();
    app.MapGrpcService<GuardDoor>();
    await app.StartAsync();
    NodeAddress.Restrict(socketPath, group);
    using var notify = new ServiceNotify(TimeProvider.System, new HealthProbe(node.Rooms.Journal).Ask);
    log.Ready(NodeVersion.Text, "unix://" + socketPath, options.Root, node.Rooms.RuntimeName);
    notify.Ready("serving");
    using var trim = new IdleTrim(TimeProvider.System);
    node.Rooms.Events.Happened = trim.Note;
    trim.Trim();
    var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        stop.TrySetResult();
    });
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
    {
        context.Cancel = true;
        stop.TrySetResult();
    });
    using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        node.ReloadRules();
    });
    await stop.Task;
    notify.Stopping();
    using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
    await app.StopAsync(patience.Token);
    File.Delete(socketPath);
    await (metrics?.DisposeAsync() ?? ValueTask.CompletedTask);
}

return 0;
