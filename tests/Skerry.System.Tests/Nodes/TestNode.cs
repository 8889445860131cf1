using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Data.Sqlite;
using Skerry.Contracts.Node.V1;

namespace Skerry.System.Tests.Nodes;

/// <summary>
/// A private skerryd with directories, socket and cgroups of its own. Disposing it removes its pods, stops it and fails the test when
/// anything of it is left on the machine.
/// </summary>
internal sealed class TestNode : IAsyncDisposable
{
    private static int _count;
    private readonly string? _bootId;
    private readonly IReadOnlyList<(string Name, string Value)> _environment;
    private readonly Lock _gate = new(); // guards _channel
    private Process? _daemon;
    private GrpcChannel? _channel;
    private volatile bool _serves;

    private TestNode(string home, string? bootId, IReadOnlyList<(string Name, string Value)> environment)
    {
        Home = home;
        _bootId = bootId;
        _environment = environment;
    }

    /// <summary>Its directory; all else is below.</summary>
    internal string Home { get; }

    internal string Root => Path.Combine(Home, "root");

    internal string Run => Path.Combine(Home, "run");

    internal string Socket => Path.Combine(Run, "node.sock");

    internal string Config => Path.Combine(Home, "skerry.toml");

    /// <summary>The directory of its trust policies.</summary>
    internal string TrustDirectory => Path.Combine(Home, "trust");

    /// <summary>What the daemon wrote, over all its lives.</summary>
    internal string LogFile => Path.Combine(Home, "daemon.log");

    /// <summary>The file that the daemon finds instead of the kernel's boot id; null when it sees the real one.</summary>
    internal string? BootIdFile => _bootId;

    /// <summary>Names the node's cgroups; empty until the first start.</summary>
    internal string Instance { get; private set; } = string.Empty;

    internal int Pid => _daemon?.Id ?? throw new InvalidOperationException("the daemon does not run");

    internal bool IsUp => _daemon is { HasExited: false };

    /// <summary>Whether it answered after its last start and was not ended since; may be asked on any thread.</summary>
    internal bool Serves => _serves;

    internal GrpcChannel Channel
    {
        get
        {
            lock (_gate)
            {
                return _channel ??= GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
                {
                    HttpHandler = new SocketsHttpHandler { ConnectCallback = Connect, UseProxy = false },
                    MaxReceiveMessageSize = 16 << 20,
                });
            }
        }
    }

    internal Pods.PodsClient Pods => new(Channel);

    internal Images.ImagesClient Images => new(Channel);

    /// <summary>Makes a node and starts it.</summary>
    /// <param name="toml">More configuration.</param>
    /// <param name="ownBootId">Let the daemon see a boot id that <see cref="Reboot"/> can change.</param>
    /// <param name="home">An existing directory to use, on a small disk for example.</param>
    /// <param name="plainHttp">A further registry that is spoken to without TLS.</param>
    /// <param name="trust">A trust policy; null lets every image run, empty writes none, as on a new node.</param>
    /// <param name="environment">More variables of the daemon.</param>
    internal static async Task<TestNode> StartAsync(
        string toml = "", bool ownBootId = false, string? home = null, string? plainHttp = null, string? trust = null, params (string Name, string Value)[] environment)
    {
        Programs.SkipUnlessANodeCanRun();
        home ??= $"/tmp/skerry-test-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        Directory.CreateDirectory(home);

        // Root of a pod's user namespace, who is nobody here, must pass through.
        File.SetUnixFileMode(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var node = new TestNode(home, ownBootId ? Path.Combine(home, "boot_id") : null, environment);
        var host = await TestRegistry.Host() + (plainHttp is null ? "" : $"\", \"{plainHttp}");
        await File.WriteAllTextAsync(node.Config, toml.Contains("[images]", StringComparison.Ordinal)
            ? toml.Replace("[images]", $"[images]\nplain_http = [\"{host}\"]", StringComparison.Ordinal)
            : $"{toml}\n[images]\nplain_http = [\"{host}\"]\n");
        await node.Trust("tests", trust ?? "images = [\"*\"]\nrequire = \"nothing\"\n");
        if (ownBootId)
        {
            await node.NewBootId();
        }

        try
        {
            await node.StartAgain();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Full name of an image that the registry has; it is not pulled yet.</summary>
    internal static async Task<string> Image(string name = TestImages.SmallName) => $"{await TestRegistry.Host()}/{name}";

    /// <summary>Writes a trust policy as a person would; an empty one is removed.</summary>
    internal async Task Trust(string name, string toml)
    {
        var path = Path.Combine(TrustDirectory, name + ".toml");
        Directory.CreateDirectory(TrustDirectory);
        File.Delete(path);
        if (toml.Length > 0)
        {
            await File.WriteAllTextAsync(path, toml);
        }
    }

    /// <summary>Starts the daemon and waits until it answers.</summary>
    internal async Task StartAgain()
    {
        StartOnly();
        await Running.Until(
            async () => IsUp ? await Answers() : throw new InvalidOperationException($"skerryd ended with {_daemon!.ExitCode}: {LogTail()}"),
            () => $"skerryd does not answer: {LogTail()}",
            seconds: 90);
        Instance = await ReadInstance();
        _serves = true;
    }

    /// <summary>Starts the daemon and does not wait.</summary>
    internal void StartOnly()
    {
        Assert.False(IsUp, "the daemon runs already");
        string[] daemon = [Programs.Daemon, "--root", Root, "--run", Run, "--config", Config];

        // A second, whole procfs stays in sight: with only a covered one the kernel lets no user namespace mount its own
        // (mount_too_revealing, fs/namespace.c).
        var boot = _bootId is null ? string.Empty : $"mkdir -p '{Home}/proc' && mount -t proc proc '{Home}/proc' && mount --bind '{_bootId}' /proc/sys/kernel/random/boot_id && ";
        string[] words = ["-c", $"{boot}exec \"$@\" >>'{LogFile}' 2>&1 </dev/null", "sh", .. daemon];
        var start = _bootId is null ? new ProcessStartInfo("/bin/sh", words) : new ProcessStartInfo("/usr/bin/unshare", ["-m", "--propagation", "private", "/bin/sh", .. words]);
        start.Environment["DOTNET_ROOT"] = Programs.DotnetRoot;
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        _daemon?.Dispose();
        _daemon = Process.Start(start)!;
    }

    /// <summary>Waits for a daemon that ends by itself: its exit code, and what it wrote.</summary>
    internal async Task<(int Code, string Log)> WaitForEnd()
    {
        await _daemon!.WaitForExitAsync().WaitAsync(Running.Patience);
        return (_daemon.ExitCode, LogTail());
    }

    /// <summary>SIGKILL to the daemon and to nothing else.</summary>
    internal void Kill9()
    {
        // Process.Kill sends SIGKILL to this pid only.
        _serves = false;
        _daemon!.Kill();
        _daemon.WaitForExit();
        CloseChannel();
    }

    /// <summary>Sends a signal to the daemon.</summary>
    internal Task Signal(string name) => Running.Shell($"kill -{name} {_daemon!.Id.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Stops the daemon as a service manager does.</summary>
    internal async Task Stop()
    {
        if (!IsUp)
        {
            return;
        }

        await Signal("TERM");
        await _daemon!.WaitForExitAsync().WaitAsync(Running.Patience);
        _serves = false;
        CloseChannel();
        Assert.True(_daemon.ExitCode == 0, $"skerryd ended with {_daemon.ExitCode}: {LogTail()}");
    }

    /// <summary>
    /// What a reboot does, as far as a node can tell: every process of it is gone at once, and so are its mounts and its run directory;
    /// the kernel has another boot id.
    /// </summary>
    internal async Task Reboot()
    {
        Assert.NotNull(_bootId);
        Kill9();
        await KillAll();
        await Running.Shell($"find '{Run}' -mindepth 1 -delete");
        foreach (var group in CgroupDirectories().OrderByDescending(static d => d.Length))
        {
            await Running.Until(() => !Directory.Exists(group) || TryRemove(group), "cgroup " + group);
        }

        await NewBootId();
    }

    /// <summary>Kills every process of the node's containers, and their monitors, by pid.</summary>
    internal async Task KillAll()
    {
        for (var round = 0; round < 100 && Leftovers.Processes(this) is { Count: > 0 } left; round++)
        {
            foreach (var line in left)
            {
                var pid = int.Parse(line.Split(' ')[1].TrimEnd(':'), CultureInfo.InvariantCulture);
                if (!IsUp || pid != Pid)
                {
                    await Running.Shell($"kill -KILL {pid.ToString(CultureInfo.InvariantCulture)} 2>/dev/null || true");
                }
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Runs the real command line to its end.</summary>
    internal Task<Said> Cli(params string[] arguments) => Running.ToEnd(StartCli(arguments));

    /// <summary>Runs the real command line to its end, with standard input.</summary>
    internal Task<Said> CliWith(string input, params string[] arguments) => Running.ToEnd(StartCli(arguments), input);

    /// <summary>Starts the real command line on pipes.</summary>
    internal Process StartCli(params string[] arguments) => Running.Start(Programs.CommandLine, arguments, ("SKERRY_ADDRESS", "unix://" + Socket));

    /// <summary>Pulls the small image and gives its name.</summary>
    internal async Task<string> PullSmall()
    {
        var image = await Image();
        (await Cli("image", "pull", image)).Ok.ToString();
        return image;
    }

    /// <summary>All pods, also ended ones, by name.</summary>
    internal async Task<Dictionary<string, Pod>> List() =>
        (await Pods.ListAsync(new ListPodsRequest { All = true })).Pods.ToDictionary(static pod => pod.Name, StringComparer.Ordinal);

    /// <summary>The only container of a pod as the node sees it.</summary>
    internal async Task<Container> Inspect(string name) => (await Pods.InspectAsync(new InspectPodRequest { Container = name })).Pod.Containers[0];

    /// <summary>Waits until the only container of a pod is in a state.</summary>
    internal async Task<Container> UntilState(string name, ContainerState state, Func<Container, bool>? and = null, int seconds = 30)
    {
        Container? last = null;
        await Running.Until(
            async () => (last = await Inspect(name)).State == state && and?.Invoke(last) != false,
            () => $"{name} is {last}",
            seconds);
        return last!;
    }

    /// <summary>The node's control groups in every hierarchy, those of pods and containers.</summary>
    internal List<string> CgroupDirectories()
    {
        if (Instance.Length == 0)
        {
            return [];
        }

        var mounts = File.ReadLines("/proc/self/mountinfo").Select(static line => line.Split(' ')).Where(static f => f[Array.IndexOf(f, "-") + 1] is "cgroup" or "cgroup2").Select(static f => f[4]);
        return [.. mounts.Select(m => $"{m}/skerry/{Instance}").Where(Directory.Exists).SelectMany(static d => Directory.EnumerateDirectories(d, "*", SearchOption.AllDirectories).Append(d))];
    }

    /// <summary>The end of the daemon's log.</summary>
    internal string LogTail(int characters = 4000)
    {
        var text = Leftovers.Read(LogFile);
        return text.Length > characters ? text[^characters..] : text;
    }

    public async ValueTask DisposeAsync()
    {
        var problems = new List<string>();
        if (_daemon is not null)
        {
            problems.AddRange(await TryEnd());
        }

        CloseChannel();
        List<string> left;
        var clock = Stopwatch.StartNew();
        while ((left = Leftovers.Find(this)).Count > 0 && clock.Elapsed < TimeSpan.FromSeconds(20))
        {
            await Task.Delay(50);
        }

        if (left.Count > 0)
        {
            problems.AddRange(left);
            problems.Add("the daemon's log ends with: " + LogTail());
            if (IsUp)
            {
                Kill9();
            }

            await KillAll();
        }

        foreach (var group in CgroupDirectories().OrderByDescending(static d => d.Length))
        {
            TryRemove(group);
        }

        await Running.Shell($"grep -o ' {Home}/[^ ]* ' /proc/self/mountinfo | sort -r | grep -v ' {Root} ' | while read -r m; do umount -l \"$m\"; done; rm -rf --one-file-system '{Home}' 2>/dev/null; true");
        _daemon?.Dispose();
        Assert.True(problems.Count == 0, $"the node left something behind:\n{string.Join('\n', problems)}");
    }

    private async Task<List<string>> TryEnd()
    {
        var problems = new List<string>();
        try
        {
            if (!IsUp)
            {
                await StartAgain();
            }

            foreach (var pod in (await Pods.ListAsync(new ListPodsRequest { All = true })).Pods)
            {
                await Pods.RemoveAsync(new RemovePodRequest { Container = pod.Id, Force = true });
            }

            await Stop();
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException or TimeoutException or Xunit.Sdk.XunitException)
        {
            problems.Add($"ending the node: {error.Message}");
            if (IsUp)
            {
                Kill9();
            }
        }

        return problems;
    }

    private void CloseChannel()
    {
        lock (_gate)
        {
            _channel?.Dispose();
            _channel = null;
        }
    }

    private async Task<bool> Answers()
    {
        try
        {
            await Pods.ListAsync(new ListPodsRequest(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(10));
            return true;
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.DeadlineExceeded)
        {
            return false;
        }
    }

    private async Task<string> ReadInstance()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(Root, "journal.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE key='instance'";
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private Task NewBootId() => File.WriteAllTextAsync(_bootId!, Guid.NewGuid().ToString() + "\n");

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool TryRemove(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
