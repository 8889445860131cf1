using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Guest.Boot;
using Skerry.Guest.Containers;
using Skerry.Guest.Loop;
using Skerry.Guest.Settings;
using Skerry.Guest.Streams;
using Skerry.Guest.Wire;
using Skerry.Linux;
using Skerry.Linux.Machine;

namespace Skerry.Guest;

/// <summary>The service of guest.proto: turns calls into work, and failures into answers.</summary>
internal sealed class Agent : IDisposable
{
    private const string Service = "skerry.guest.v1.Guest";
    private const string PortName = "agent";

    private readonly EventLoop _loop = new();
    private readonly ContainerTable _containers;
    private readonly TtrpcServer _server;
    private readonly AgentPort _port;

    // Found out once, so that a copy of a machine has them when it is first asked.
    private readonly string _version = typeof(Agent).Assembly.GetName().Version?.ToString(3) ?? "";
    private readonly string _kernel = File.ReadAllText("/proc/sys/kernel/osrelease").TrimEnd();
    private ulong _readyAt;
    private bool _isOver;

    private Agent()
    {
        _containers = new ContainerTable(_loop);
        _port = new AgentPort(_loop, PortName) { Received = frame => _server!.Take(frame), IsAnothers = frame => _server!.IsAnothers(frame), Broken = () => _server!.Break() };
        _server = new TtrpcServer(_port, Service, Open);
        _loop.BeforeWait = _port.Flush;
    }

    /// <summary>Serves until the host shuts the machine down.</summary>
    public static void Serve()
    {
        Crun.Seal();
        Warmth.Gather();
        using var agent = new Agent();
        agent._readyAt = ThisMachine.BootNanoseconds;
        agent._port.Open();
        agent._loop.Run(() => agent._isOver);
    }

    /// <inheritdoc/>
    public void Dispose() => _loop.Dispose();

    private void Open(TtrpcServerStream stream, string method, ByteString payload)
    {
        try
        {
            switch (method)
            {
                case "Hello":
                    stream.Answer(Hello(HelloRequest.Parser.ParseFrom(payload).Memory));
                    break;
                case "Configure":
                    var wanted = ConfigureRequest.Parser.ParseFrom(payload);
                    Configuration.Apply(wanted);
                    _containers.Disks.Forget(wanted.Disks);
                    stream.Answer(new ConfigureResponse());
                    break;
                case "Run":
                    Attach(stream, isExec: false);
                    break;
                case "Exec":
                    Attach(stream, isExec: true);
                    break;
                case "Signal":
                    var signal = SignalRequest.Parser.ParseFrom(payload);
                    _containers.Running(signal.Container).Signal(signal.Signal);
                    stream.Answer(new SignalResponse());
                    break;
                case "Freeze":
                    var freeze = FreezeRequest.Parser.ParseFrom(payload);
                    Freezer.Set(_loop, _containers.Running(freeze.Container).Cgroup, freeze.Frozen, stream);
                    break;
                case "Stats":
                    stream.Answer(_containers.Running(StatsRequest.Parser.ParseFrom(payload).Container).Cgroup.Read());
                    break;
                case "Update":
                    var update = UpdateRequest.Parser.ParseFrom(payload);
                    ResourceUpdate.Apply(_containers.Running(update.Container).Cgroup, update.Resources.Memory);
                    stream.Answer(new UpdateResponse());
                    break;
                case "Shutdown":
                    var patience = ShutdownRequest.Parser.ParseFrom(payload).PatienceMillis;
                    stream.Answer(new ShutdownResponse());
                    _containers.EndAll((int)Math.Min(patience, 600_000), () => WhenFlushed(() => _isOver = true));
                    break;
                default:
                    stream.Fail(TtrpcStatusCode.Unimplemented, $"there is no method {method}");
                    break;
            }
        }
        catch (GuestException error)
        {
            stream.Fail(error.Code, error.Message);
        }
        catch (LinuxException error)
        {
            stream.Fail(TtrpcStatusCode.Internal, $"{method}: {error.Message}");
        }
        catch (InvalidProtocolBufferException error)
        {
            stream.Fail(TtrpcStatusCode.InvalidArgument, $"{method}: {error.Message}");
        }
    }

    private void Attach(TtrpcServerStream stream, bool isExec)
    {
        var process = new ProcessStream(_loop, _containers, stream, isExec);
        stream.Received = process.Take;
        stream.Closed = process.GiveUp;
    }

    private HelloResponse Hello(bool withMemory) => new()
    {
        Version = _version,
        Kernel = _kernel,
        BootNanoseconds = _readyAt,
        MemoryBytes = withMemory ? OwnMemory() : 0,
    };

    private void WhenFlushed(Action action)
    {
        _port.Flush();
        if (_port.IsFlushed)
        {
            action();
        }
        else
        {
            _loop.After(5, () => WhenFlushed(action));
        }
    }

    /// <summary>Pss of /proc/self/smaps_rollup (proc(5)).</summary>
    private static ulong OwnMemory()
    {
        foreach (var line in File.ReadLines("/proc/self/smaps_rollup"))
        {
            if (line.StartsWith("Pss:", StringComparison.Ordinal) && ulong.TryParse(line[4..].Replace("kB", "", StringComparison.Ordinal).Trim(), out var kibibytes))
            {
                return kibibytes * 1024;
            }
        }

        return 0;
    }
}
