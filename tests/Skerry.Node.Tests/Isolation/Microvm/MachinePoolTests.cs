using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Microvm;

namespace Skerry.Node.Tests.Isolation.Microvm;

/// <summary>Which machines are made, kept and given; making one is another's work.</summary>
public sealed class MachinePoolTests : IAsyncLifetime
{
    private const ulong Mebibyte = 1 << 20;
    private static readonly MachineChoice s_how = new(new GuestFiles { Vmm = "q", Holder = "h", Kernel = "k", Initrd = "i" }, MachineChoice.Emulation);
    private static readonly JailRoot s_root = new("machine-1", "/nowhere", "/bin/q");
    private static readonly MachineShape s_small = new(224, 1) { Slots = 1, Writable = 1 };
    private readonly string _meeting = Directory.CreateTempSubdirectory("skerry-pool-").FullName;
    private readonly Lock _lock = new(); // guards the three below
    private readonly List<ParkedMachine> _made = [];
    private readonly List<string> _ended = [];
    private Func<MachineRecord> _process = Living;
    private Templates? _templates;
    private MachinePool? _pool;

    [Fact]
    public async Task So_many_machines_wait_as_the_configuration_says_and_one_that_is_taken_is_replaced()
    {
        Begin(number: 2);
        Assert.Null(Take("a"));
        await Until(() => Waiting == 2);
        var first = Take("a");
        Assert.NotNull(first);
        await Until(() => Made == 3 && Waiting == 2);
        Assert.NotEqual(first.Pod.Id, Take("a")!.Pod.Id);
    }

    [Fact]
    [Trait("Promise", "P-80")]
    public async Task A_machine_is_given_to_no_pod_of_another_trust_domain_or_shape()
    {
        Begin(number: 1);
        _ = Take("a");
        await Until(() => Waiting == 1);
        Assert.Null(Take("b"));
        Assert.Null(_pool!.Take(s_how, "a", s_small with { HasCard = true }, s_root));
        Assert.NotNull(Take("a"));
    }

    [Fact]
    [Trait("Promise", "P-81")]
    public async Task What_waits_stays_within_its_memory_and_what_was_asked_for_last_comes_first()
    {
        Begin(number: 2, memory: 130);
        _ = Take("a");
        await Until(() => Waiting == 2);
        _ = Take("b");
        await Until(() => Made == 4 && Waiting == 2);
        Assert.InRange(_pool!.Waiting.Bytes, 1UL, 130 * Mebibyte);
        Assert.Equal(2, Ended);
        Assert.NotNull(Take("b"));
        Assert.Null(Take("a"));
    }

    [Fact]
    public async Task Nothing_waits_where_the_memory_is_too_small_for_one()
    {
        Begin(number: 2, memory: 50);
        _ = Take("a");
        await Until(() => _templates!.Has("a", s_small));
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (Made, Waiting));
    }

    [Fact]
    public async Task A_machine_that_ended_while_it_waited_is_given_to_nobody()
    {
        Begin(number: 1);
        _process = static () => new MachineRecord { Pid = int.MaxValue, PidStart = 1 };
        _ = Take("a");
        await Until(() => Waiting == 1);
        Assert.Null(Take("a"));
        await Until(() => Ended == 1);
    }

    [Fact]
    public async Task Machines_of_programs_that_have_changed_are_given_to_nobody()
    {
        Begin(number: 1);
        _ = Take("a");
        await Until(() => Waiting == 1);
        Assert.Null(_pool!.Take(s_how, "a", s_small, s_root with { Name = "machine-2" }));
        await Until(() => Ended == 1);
    }

    [Fact]
    public async Task A_pool_that_ends_ends_all_that_waits()
    {
        Begin(number: 2);
        _ = Take("a");
        await Until(() => Waiting == 2);
        await _pool!.DisposeAsync();
        Assert.Equal((2, 0), (Ended, Waiting));
        _pool = null;
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_pool is not null)
        {
            await _pool.DisposeAsync();
        }

        if (_templates is not null)
        {
            await _templates.Stop();
        }

        _made.ForEach(static m => m.Dispose());
        Directory.Delete(_meeting, recursive: true);
    }

    private int Waiting => _pool!.Waiting.Count;

    private int Made
    {
        get
        {
            lock (_lock)
            {
                return _made.Count;
            }
        }
    }

    private int Ended
    {
        get
        {
            lock (_lock)
            {
                return _ended.Count;
            }
        }
    }

    private static MachineRecord Living()
    {
        var own = ProcessIdentity.Of(Environment.ProcessId)!.Value;
        return new MachineRecord { Pid = own.Pid, PidStart = own.Start };
    }

    private void Begin(int number, long memory = 1024)
    {
        _templates = new Templates(
            static (_, shape, _, _) => Task.FromResult(new Template(shape, MemoryFile.Create("state", [1]), MemoryFile.Create("memory", [2]))), NullLogger.Instance, TimeProvider.System);
        var options = new MicrovmOptions { EnableTemplate = true, CacheNumber = number, CacheBytes = memory << 20 };
        _pool = new MachinePool(Make, End, _templates, options, NullLogger.Instance, TimeProvider.System);
    }

    /// <summary>As the start of a pod does it: first one that waits, and else the template, which the first has made.</summary>
    private ParkedMachine? Take(string domain)
    {
        var shape = s_small;
        var taken = _pool!.Take(s_how, domain, shape, s_root);
        if (taken is null && !_templates!.Has(domain, shape))
        {
            Assert.False(_templates.Offer(s_how, domain, ref shape, s_root, _meeting));
        }

        return taken;
    }

    private Task<ParkedMachine> Make(MachineChoice how, MachineShape shape, JailRoot root, FileDescriptor state, FileDescriptor memory, CancellationToken cancel)
    {
        state.Dispose();
        memory.Dispose();
        var (one, other) = Pair();
        other.Dispose();
        lock (_lock)
        {
            var pod = new TierPod
            {
                Id = Guid.NewGuid().ToString("N"),
                Spec = new PodSpec(),
                FindUsers = static () => null,
                Directory = _meeting,
                FindContainers = static () => [],
                Record = new PodRecord(),
                Keep = static () => Task.CompletedTask,
                Tell = static (_, _) => { },
            };
            var made = new ParkedMachine(pod, _made.Count, shape, _process(), new NetworkStream(one, ownsSocket: true), 60 * Mebibyte);
            _made.Add(made);
            return Task.FromResult(made);
        }
    }

    private Task End(ParkedMachine machine)
    {
        lock (_lock)
        {
            _ended.Add(machine.Pod.Id);
        }

        return Task.CompletedTask;
    }

    private (Socket One, Socket Other) Pair()
    {
        var place = new UnixDomainSocketEndPoint(Path.Combine(_meeting, Guid.NewGuid().ToString("N")));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(place);
        listener.Listen(1);
        var one = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        one.Connect(place);
        return (one, listener.Accept());
    }

    private static async Task Until(Func<bool> isSo)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !isSo();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "it does not come");
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }
}
