using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Crashes;

/// <summary>
/// Clients that use a node without pause while it is killed under them, and keep a book of what the node acknowledged. An answer that
/// was lost leaves a pod in doubt: both outcomes are right then, but it must be whole.
/// </summary>
internal sealed class Churn(TestNode node, string image, int seed)
{
    private readonly ConcurrentDictionary<string, Promise> _book = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end = new();
    private int _calls;
    private int _lost;

    /// <summary>What the node owes for a name.</summary>
    internal enum Owed
    {
        /// <summary>It was acknowledged and must be there.</summary>
        There,

        /// <summary>Its stop was acknowledged: it must be there and not run.</summary>
        Stopped,

        /// <summary>Its removal was acknowledged: it must not be there.</summary>
        Gone,

        /// <summary>An answer was lost.</summary>
        Unknown,
    }

    internal sealed record Promise(Owed Owed, bool EndsItself, string ContainerId);

    internal IReadOnlyDictionary<string, Promise> Book => _book;

    internal int Calls => _calls;

    internal int Lost => _lost;

    /// <summary>Failures that no kill explains.</summary>
    internal ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>Starts the clients.</summary>
    internal Task Run(int clients) => Task.WhenAll(Enumerable.Range(0, clients).Select(n => Task.Run(() => Client(n))));

    internal void Stop() => _end.Cancel();

    private async Task Client(int number)
    {
        var random = new Random((seed * 1000) + number);
        var mine = new List<string>();
        for (var round = 0; !_end.IsCancellationRequested; round++)
        {
            Interlocked.Increment(ref _calls);
            try
            {
                switch (random.Next(10))
                {
                    case < 3 when mine.Count < 6:
                        var name = string.Create(CultureInfo.InvariantCulture, $"c{number}-{round}");
                        mine.Add(name);
                        await RunDetached(name, random.Next(3) == 0, random.Next(4) == 0);
                        break;
                    case < 5:
                        await RunAndRemove(string.Create(CultureInfo.InvariantCulture, $"rm{number}-{round}"));
                        break;
                    case 5 when mine.Count > 0:
                        await Exec(mine[random.Next(mine.Count)]);
                        break;
                    case 6 when mine.Count > 0:
                        await StopOne(mine[random.Next(mine.Count)]);
                        break;
                    case 7 or 8 when mine.Count > 0:
                        var gone = mine[random.Next(mine.Count)];
                        await Remove(gone);
                        mine.Remove(gone);
                        break;
                    default:
                        await Pull();
                        break;
                }
            }
            catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled || IsCut(error))
            {
                Interlocked.Increment(ref _lost);
                await UntilUp();
            }
            catch (Exception error) when (error is ObjectDisposedException or HttpRequestException or IOException or InvalidOperationException)
            {
                Interlocked.Increment(ref _lost);
                await UntilUp();
            }
            catch (RpcException error) when (error.StatusCode is StatusCode.NotFound or StatusCode.FailedPrecondition)
            {
                // The pod has ended, or a lost call has done already what this one asks for.
            }
            catch (RpcException error)
            {
                Complaints.Enqueue($"{error.StatusCode}: {error.Status.Detail}");
            }
        }
    }

    /// <summary>The connection broke in the middle of an answer.</summary>
    private static bool IsCut(RpcException error) =>
        error.StatusCode == StatusCode.Internal && error.Status.DebugException is not null;

    private async Task UntilUp()
    {
        while (!node.Serves && !_end.IsCancellationRequested)
        {
            await Task.Delay(10);
        }
    }

    private async Task RunDetached(string name, bool ends, bool restarts)
    {
        _book[name] = new Promise(Owed.Unknown, ends, string.Empty);
        var spec = Spec(name, ends ? "exit 7" : "trap 'exit 3' TERM; while :; do sleep 1; done");
        spec.Restart = restarts ? RestartPolicy.Always : RestartPolicy.Never;
        var started = await Start(spec, attach: false);
        _book[name] = new Promise(Owed.There, ends, started.ContainerId);
    }

    private async Task RunAndRemove(string name)
    {
        _book[name] = new Promise(Owed.Unknown, EndsItself: true, string.Empty);
        var spec = Spec(name, "echo out; exit 0");
        spec.AutoRemove = true;
        var started = await Start(spec, attach: true);
        _book[name] = new Promise(Owed.Gone, EndsItself: true, started.ContainerId);
    }

    private async Task<RunStarted> Start(PodSpec spec, bool attach)
    {
        using var call = node.Pods.Run();
        await call.RequestStream.WriteAsync(new RunRequest { Start = new RunStart { Pod = spec, Attach = attach } });
        RunStarted? started = null;
        if (!attach)
        {
            await call.RequestStream.CompleteAsync();
        }

        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            started = answer.Started ?? started;
        }

        return started ?? throw new IOException("the call ended without an answer");
    }

    private async Task Exec(string name)
    {
        using var call = node.Pods.Exec();
        await call.RequestStream.WriteAsync(new ExecRequest { Start = new ExecStart { Container = name, Args = { "true" } } });
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            _ = answer;
        }
    }

    private async Task StopOne(string name)
    {
        var before = _book[name];
        _book[name] = before with { Owed = Owed.Unknown };
        await node.Pods.StopAsync(new StopRequest { Container = name, TimeoutSeconds = 5 });
        _book[name] = before with { Owed = before.Owed is Owed.There or Owed.Stopped ? Owed.Stopped : Owed.Unknown };
    }

    private async Task Remove(string name)
    {
        var before = _book[name];
        _book[name] = before with { Owed = Owed.Unknown };
        try
        {
            await node.Pods.RemoveAsync(new RemovePodRequest { Container = name, Force = true });
            _book[name] = before with { Owed = Owed.Gone };
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound && before.Owed is Owed.There or Owed.Stopped)
        {
            Complaints.Enqueue($"{name} was acknowledged and is lost: {error.Status.Detail}");
            throw;
        }
    }

    private async Task Pull()
    {
        using var call = node.Images.Pull(new PullImageRequest { Reference = image });
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            _ = answer;
        }
    }

    private PodSpec Spec(string name, string script) => new()
    {
        Name = name,
        Containers = { new ContainerSpec { Name = name, Image = image, Args = { "sh", "-c", script } } },
    };
}
