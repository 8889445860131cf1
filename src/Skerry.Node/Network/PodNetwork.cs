using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Skerry.Linux;
using Skerry.Linux.Network;
using Skerry.Node.Network.Cni;

namespace Skerry.Node.Network;

/// <summary>
/// Connects pods: joins them to a network, lets them leave, and after a crash undoes what belongs to no live pod. Whatever a join
/// does is written down before it is done, so a daemon that is killed at any point leaves only what <see cref="SweepAsync"/> undoes.
/// </summary>
/// <remarks>
/// Safe for any thread; one join or leave of a pod at a time, up to <see cref="NetworkOptions.Parallelism"/> pods at once. Only what has a
/// record in this node's own directory is ever undone.
/// </remarks>
internal sealed class PodNetwork : IDisposable
{
    /// <summary>A network namespace with nothing but its loopback.</summary>
    internal const string None = "none";

    /// <summary>The host's own network namespace.</summary>
    internal const string Host = "host";

    private const string PodInterface = "eth0";
    private const string Loopback = "lo";

    private readonly NetworkOptions _options;
    private readonly ILogger _logger;
    private readonly LeaseStore _store;
    private readonly HostPorts _ports = new();
    private readonly BuiltInNetwork _builtIn;
    private readonly CniConfigDirectory _directory;
    private readonly CniChain _chain;
    private readonly FileDescriptor? _host;
    private readonly SemaphoreSlim _parallel;
    private readonly SemaphoreSlim[] _pods;
    private readonly ConcurrentDictionary<string, bool> _made = new(StringComparer.Ordinal);
    private readonly Lock _first = new(); // held while the first pod of a network makes what all share

    /// <summary>Reads the records of an earlier run; touches nothing in the kernel.</summary>
    internal PodNetwork(NetworkOptions options, ILogger<PodNetwork> logger, TimeProvider time)
    {
        _options = options;
        _logger = logger;
        _store = new LeaseStore(Path.Combine(options.StateDirectory, "pods"), time);
        _builtIn = new BuiltInNetwork(options);
        _directory = new CniConfigDirectory(options.ConfigDirectory);
        _chain = new CniChain(new CniPlugin(options.PluginDirectories, options.PluginTimeout));
        _host = options.HostNamespace is { } path ? LinuxFile.OpenPath(path, 0) : null;
        _parallel = new SemaphoreSlim(options.Parallelism);
        _pods = [.. Enumerable.Range(0, 64).Select(static _ => new SemaphoreSlim(1))];
        foreach (var id in _store.Ids())
        {
            if (_store.Read(id) is { } record)
            {
                _ports.Adopt(id, record.PodName, record.Ports);
            }
        }
    }

    /// <summary>Names that a pod can ask for: "none", "host", the built-in one and those that people configured.</summary>
    internal IReadOnlyList<string> Networks() => [None, Host, .. _directory.Names().Append(BuiltInNetwork.Name).Distinct(StringComparer.Ordinal)];

    /// <summary>What a pod was told when it joined, or null.</summary>
    internal NetworkLease? Find(string podId)
    {
        LeaseStore.CheckId(podId);
        return _store.Read(podId)?.Lease;
    }

    /// <summary>
    /// Joins a pod. When it returns, addresses are up and ports are published; when it throws, nothing is left of the attempt. A pod that
    /// has a lease from before leaves first.
    /// </summary>
    /// <exception cref="NetworkException">What failed and what to do.</exception>
    internal Task<NetworkLease> JoinAsync(NetworkRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        LeaseStore.CheckId(request.PodId);
        var network = request.Network.Length > 0 ? request.Network
            : request.Ports.Count > 0 && _options.DefaultNetwork is None ? BuiltInNetwork.Name // published ports ask for a network
            : _options.DefaultNetwork;
        return network switch
        {
            Host => Task.FromResult(JoinHost(request)),
            None => Task.FromResult(JoinNone(request)),
            _ => WithPod(request.PodId, held => Join(request, network, held, cancellation), cancellation),
        };
    }

    /// <summary>Undoes a join; without a record there is nothing to undo. Works also when the pod's namespace is gone.</summary>
    /// <exception cref="NetworkException">A plugin could not undo its part; the record stays, so it can be tried again.</exception>
    internal async Task LeaveAsync(string podId, CancellationToken cancellation)
    {
        LeaseStore.CheckId(podId);
        if (!_store.Has(podId))
        {
            _ports.Release(podId);
            return;
        }

        var failures = await WithPod(podId, held => Undo(podId, held), cancellation).ConfigureAwait(false);
        if (failures.Count > 0)
        {
            throw failures[0];
        }
    }

    /// <inheritdoc cref="LeaveAsync(string, CancellationToken)"/>
    internal Task LeaveAsync(NetworkLease lease, CancellationToken cancellation) => LeaveAsync(lease.PodId, cancellation);

    /// <summary>Asks the plugins whether a pod's attachment is intact (CNI's CHECK).</summary>
    /// <exception cref="NetworkException">It is not.</exception>
    internal Task CheckAsync(string podId, CancellationToken cancellation)
    {
        LeaseStore.CheckId(podId);
        return WithPod(
            podId,
            held =>
            {
                if (_store.Read(podId) is { Lease: not null } record)
                {
                    _chain.Check(CniConfigList.Parse(Encoding.UTF8.GetBytes(record.Config), "of the lease"), Call(record, record.NamespacePath, held), record, cancellation);
                }

                return true;
            },
            cancellation);
    }

    /// <summary>
    /// Undoes every join of a pod that is not live, and puts the shared rules of the built-in network back where live pods use it.
    /// </summary>
    /// <param name="livePodIds">Every pod that is joined or may be joining now.</param>
    /// <param name="cancellation">Stops between pods.</param>
    internal async Task<NetworkSweep> SweepAsync(IReadOnlySet<string> livePodIds, CancellationToken cancellation)
    {
        var released = new ConcurrentBag<string>();
        var failures = new ConcurrentBag<NetworkException>();
        var dead = _store.Touched().Where(id => !livePodIds.Contains(id)).ToList();
        await Task.WhenAll(dead.Select(async id =>
        {
            var had = _store.Has(id);
            var failed = await WithPod(id, held => Undo(id, held), cancellation).ConfigureAwait(false);
            foreach (var failure in failed)
            {
                _logger.LogWarning("sweep: pod {Pod} could not be taken off its network: {Reason}", id, failure.Message);
                failures.Add(failure);
            }

            if (had && failed.Count == 0)
            {
                released.Add(id);
            }
        })).ConfigureAwait(false);

        var remaining = _store.Ids().ToHashSet(StringComparer.Ordinal);
        var addresses = _builtIn.SweepAddresses(remaining);
        _builtIn.Forget();
        if (remaining.Any(id => string.Equals(_store.Read(id)?.Network, BuiltInNetwork.Name, StringComparison.Ordinal)))
        {
            try
            {
                await NetworkNamespace.RunAsync(_host, "network", _builtIn.Ensure).ConfigureAwait(false);
            }
            catch (NetworkException error)
            {
                failures.Add(error);
            }
        }

        return new NetworkSweep([.. released.Order(StringComparer.Ordinal)], addresses, [.. failures]);
    }

    /// <summary>Removes the built-in network's bridge and rules; only when no pod is joined. False: one is.</summary>
    internal async Task<bool> TearDownAsync()
    {
        if (_store.Ids().Count > 0)
        {
            return false;
        }

        return await NetworkNamespace.RunAsync(_host, "network", () =>
        {
            _builtIn.TearDown();
            _made.Clear();
            return true;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _host?.Dispose();
        _parallel.Dispose();
        foreach (var pod in _pods)
        {
            pod.Dispose();
        }
    }

    private static NetworkLease JoinHost(NetworkRequest request)
    {
        foreach (var port in request.Ports)
        {
            if (port.HostPort != 0 && port.HostPort != port.ContainerPort)
            {
                throw new NetworkException(
                    NetworkFault.Invalid,
                    $"port {port.ContainerPort} cannot be published as {port.HostPort} from network 'host': the pod's ports are the host's",
                    "choose another network, or the same number on both sides");
            }
        }

        return new NetworkLease { PodId = request.PodId, Network = Host, Ports = [.. request.Ports.Select(static port => port with { HostPort = port.ContainerPort })] };
    }

    private static NetworkLease JoinNone(NetworkRequest request)
    {
        if (request.Ports.Count > 0)
        {
            throw new NetworkException(NetworkFault.Invalid, "ports cannot be published from network 'none'", "choose another network, or publish no ports");
        }

        BringUp(request.NamespacePath);
        return new NetworkLease { PodId = request.PodId, Network = None, Interface = Loopback, NamespacePath = request.NamespacePath };
    }

    private static void BringUp(string namespacePath)
    {
        using var inside = LinuxFile.OpenPath(namespacePath, 0);
        NetworkNamespace.BringLoopbackUp(inside);
    }

    private static CniCall Call(LeaseRecord record, string namespacePath, FileDescriptor held) =>
        new(record.PodId, namespacePath, record.Interface, record.Arguments, held);

    /// <summary>
    /// 1 find the network; 2 reserve ports; 3 write down what will be done; 4 loopback; 5 plugins, each written down before it starts;
    /// 6 write down the lease. A failure undoes what was begun; a kill leaves the record, from which the sweep undoes it.
    /// </summary>
    private NetworkLease Join(NetworkRequest request, string network, FileDescriptor held, CancellationToken cancellation)
    {
        if (_store.Has(request.PodId) && Undo(request.PodId, held) is { Count: > 0 } stuck)
        {
            throw stuck[0];
        }

        // 1.
        var list = Resolve(network);
        if (request.Ports.Count > 0 && !list.Takes("portMappings"))
        {
            throw new NetworkException(
                NetworkFault.Invalid,
                $"network '{network}' cannot publish ports: none of its plugins has the capability portMappings",
                "add the portmap plugin with \"capabilities\": {\"portMappings\": true} to its configuration, or publish no ports");
        }

        // 2.
        var ports = _ports.Reserve(request.PodId, request.PodName, request.Ports);
        var record = new LeaseRecord
        {
            PodId = request.PodId,
            PodName = request.PodName,
            Network = network,
            Interface = PodInterface,
            NamespacePath = request.NamespacePath,
            Config = list.Json,
            Arguments = ArgumentText(request),
            Ports = ports,
            Dns = request.Dns,
        };
        try
        {
            // 3.
            _store.Write(record);

            // 4.
            BringUp(request.NamespacePath);

            // 5.
            record = Add(list, record, held, cancellation);

            // 6.
            var lease = CniResult.Parse(Encoding.UTF8.GetBytes(record.Result ?? "{}"), list.Version).ToLease(record);
            _store.Write(record with { Lease = lease });
            return lease;
        }
        catch (Exception error)
        {
            foreach (var failure in Undo(request.PodId, held))
            {
                _logger.LogWarning(
                    "join of pod {Pod} failed ({Error}) and could not be undone yet: {Reason}", request.PodId, error.Message, failure.Message);
            }

            throw;
        }
    }

    private LeaseRecord Add(CniConfigList list, LeaseRecord record, FileDescriptor held, CancellationToken cancellation)
    {
        var call = Call(record, record.NamespacePath, held);
        if (_made.ContainsKey(list.Name))
        {
            return _chain.Add(list, call, record, _store.Write, cancellation);
        }

        // Two first pods at once would both make the bridge and the plugins' shared chains.
        lock (_first)
        {
            var added = _chain.Add(list, call, record, _store.Write, cancellation);
            _made[list.Name] = true;
            return added;
        }
    }

    private CniConfigList Resolve(string network)
    {
        // A file of that name goes before the built-in network: people decide.
        if (_directory.Find(network) is { } configured)
        {
            return configured;
        }

        return string.Equals(network, BuiltInNetwork.Name, StringComparison.Ordinal)
            ? _builtIn.Ensure()
            : throw new NetworkException(
                NetworkFault.NotFound,
                $"there is no network '{network}'",
                $"choose one of {string.Join(", ", Networks())}, or put its configuration in {_options.ConfigDirectory}");
    }

    private List<NetworkException> Undo(string podId, FileDescriptor held)
    {
        var failures = new List<NetworkException>();
        if (!_store.Has(podId))
        {
            return failures; // killed before anything was begun: there is only the lock
        }

        var record = _store.Read(podId);
        var list = record is null ? null : ConfigOf(record);
        if (list is null)
        {
            record = Unreadable(podId);
            list = record is null ? null : ConfigOf(record);
        }

        if (record is not null && list is not null)
        {
            var there = PodNamespaces.IsNamespace(record.NamespacePath) ? record.NamespacePath : string.Empty;
            failures.AddRange(_chain.Delete(list, Call(record, there, held), record));
        }

        if (failures.Count == 0)
        {
            _store.Remove(podId);
            _ports.Release(podId);
        }

        return failures;
    }

    /// <summary>The configuration that a lease was made by; null: what is written of it can no longer be read.</summary>
    private static CniConfigList? ConfigOf(LeaseRecord record)
    {
        try
        {
            return CniConfigList.Parse(Encoding.UTF8.GetBytes(record.Config), $"of the lease of pod {record.PodId}");
        }
        catch (NetworkException)
        {
            return null;
        }
    }

    /// <summary>A record that a power cut emptied: all that its network may have made for the pod's id is undone.</summary>
    private LeaseRecord? Unreadable(string podId) => _builtIn.Last() is { } list
        ? new LeaseRecord
        {
            PodId = podId,
            Network = BuiltInNetwork.Name,
            Interface = PodInterface,
            NamespacePath = string.Empty,
            Config = list.Json,
            Arguments = "IgnoreUnknown=1",
            Ports = [new PortRequest(string.Empty, 1, 1, "tcp")], // any: portmap's DEL goes by the pod's id
            Started = list.Plugins.Count,
        }
        : null;

    private static string ArgumentText(NetworkRequest request)
    {
        // "IgnoreUnknown=1": plugins that know no arguments do not refuse ours (CNI conventions, "CNI_ARGS").
        var text = new StringBuilder("IgnoreUnknown=1");
        foreach (var (key, value) in request.Arguments)
        {
            if (key.Length == 0 || key.AsSpan().ContainsAny(";=\0\n") || value.AsSpan().ContainsAny(";=\0\n"))
            {
                throw new NetworkException(NetworkFault.Invalid, "a CNI argument has a ';', '=', NUL or line break in it", "remove the character");
            }

            text.Append(';').Append(key).Append('=').Append(value);
        }

        return text.ToString();
    }

    private async Task<T> WithPod<T>(string podId, Func<FileDescriptor, T> work, CancellationToken cancellation)
    {
        var pod = _pods[(uint)StringComparer.Ordinal.GetHashCode(podId) % (uint)_pods.Length];
        await pod.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _parallel.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                using var held = await _store.LockAsync(podId, _options.PluginTimeout, cancellation).ConfigureAwait(false);
                return await NetworkNamespace.RunAsync(_host, "network", () => work(held)).ConfigureAwait(false);
            }
            finally
            {
                _store.RemoveLockWithoutRecord(podId);
                _parallel.Release();
            }
        }
        finally
        {
            pod.Release();
        }
    }
}
