using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Skerry.Linux;
using Skerry.Linux.Terminals;
using Skerry.Node;
using Skerry.Node.Api;
using Skerry.Node.Configuration;
using Skerry.Node.Hosting;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Metrics;
using Skerry.Node.Network;
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
    if (NodeAddress.EffectiveUser != 0)
    {
        throw new ConfigurationException("it must be run as root: it makes namespaces, mounts and control groups");
    }
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
builder.Services.AddSingleton<IHostLifetime, OwnLifetime>();
builder.WebHost.UseKestrelCore();

using var logging = LoggerFactory.Create(log => log.AddNodeConsole(options));
var log = logging.CreateLogger("skerryd");
ThreadPool.SetMinThreads(16, 4);

// From here on a signal is kept until the node can do what it asks for.
NodeStart? node = null;
var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
var reloads = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
{
    context.Cancel = true;
    reloads.Writer.TryWrite(true);
});

NodeMetrics? metrics = null;
uint? group;
var socketPath = NodeAddress.SocketPath(options);
try
{
    group = NodeAddress.GroupOf(options);
    metrics = NodeMetrics.Open(options, TimeProvider.System, log);
    node = await NodeStart.Prepare(options, TimeProvider.System, logging);
    await node.Begin();
    metrics?.Begin(node.Rooms);
    NodeAddress.Clear(socketPath);
}
catch (Exception error)
{
    // What is none of these was foreseen by nobody: where it came from is of use then.
    var isForeseen = error is ConfigurationException or IOException or UnauthorizedAccessException or CgroupException;
    log.CannotStart(error is NetworkException network ? $"{network.Message}; {network.Next}" : isForeseen ? error.Message : error.ToString());
    if (node is not null)
    {
        await node.DisposeAsync();
    }

    return Failed;
}

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
builder.Services.AddSingleton(new RecordDoor(node.Rooms.Recorder, node.Rooms.Index));
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
    await await Task.WhenAny(stop.Task, Reload(node));
    notify.Stopping();
    using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
    await app.StopAsync(patience.Token);
    File.Delete(socketPath);
    await (metrics?.DisposeAsync() ?? ValueTask.CompletedTask);
}

return 0;

// A second Ctrl-C ends a node that does not come to its end.
void Stop(PosixSignalContext context) => context.Cancel = stop.TrySetResult() || context.Signal == PosixSignal.SIGTERM;

async Task Reload(NodeStart started)
{
    await foreach (var _ in reloads.Reader.ReadAllAsync())
    {
        started.ReloadRules();
    }
}
