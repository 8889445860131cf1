using Skerry.Contracts.Vmm;
using Skerry.Vmm.Machines.CloudHypervisor;
using Skerry.Vmm.Tests.Machines.Firecracker;
using Skerry.Vmm.Tests.Published;

namespace Skerry.Vmm.Tests.Machines.CloudHypervisor;

/// <summary>What Cloud Hypervisor is told, before a listener that is strict about its published definition.</summary>
public sealed class CloudHypervisorVmmTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-ch-").FullName;

    [Fact]
    [Trait("Promise", "P-130")]
    public async Task A_whole_machine_is_told_in_the_words_of_the_published_definition_and_booted_last()
    {
        using var vmm = new CloudHypervisorVmm(Whole() with { Share = new VmShare("/s/holder", "/s/machine") }, TimeProvider.System);
        await using var strict = Strict();
        await using var machine = await vmm.Begin(CancellationToken.None);
        Assert.Empty(strict.Faults);
        Assert.Equal(
            [
                ("PUT", "/api/v1/vm.create", Told),
                ("PUT", "/api/v1/vm.boot", string.Empty),
            ],
            strict.Taken);
    }

    [Fact]
    [Trait("Promise", "P-130")]
    public async Task A_running_machine_is_stopped_resumed_and_sized_in_those_words_too()
    {
        using var vmm = new CloudHypervisorVmm(Whole(), TimeProvider.System);
        await using var strict = Strict();
        await using var machine = await vmm.Begin(CancellationToken.None);
        var begin = strict.Taken.Count;
        await machine.Stop(CancellationToken.None);
        await machine.Continue(CancellationToken.None);
        Assert.Equal(128, await machine.Resize(128, TimeSpan.FromSeconds(10), CancellationToken.None));
        Assert.Empty(strict.Faults);
        Assert.Equal(
            [
                ("PUT", "/api/v1/vm.pause", string.Empty),
                ("PUT", "/api/v1/vm.resume", string.Empty),
                ("PUT", "/api/v1/vm.resize", """{"desired_balloon":67108864}"""),
                ("GET", "/api/v1/vm.info", string.Empty),
            ],
            strict.Taken.Skip(begin));
    }

    [Fact]
    public async Task A_card_comes_with_its_tap_before_the_boot()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "needs root and /dev/net/tun");
        using var vmm = new CloudHypervisorVmm(Whole() with { Card = new VmCard("sktest0", "02:00:00:00:00:01") }, TimeProvider.System);
        await using var strict = Strict();
        await using var machine = await vmm.Begin(CancellationToken.None);
        Assert.Empty(strict.Faults);
        Assert.Equal(["/api/v1/vm.create", "/api/v1/vm.add-net", "/api/v1/vm.boot"], strict.Taken.Select(static t => t.Place));
        Assert.Equal("""{"id":"eth0","mac":"02:00:00:00:00:01","num_queues":2}""", strict.Taken[1].Body);
    }

    [Fact]
    public async Task A_tap_that_cannot_be_had_is_said_and_nothing_is_booted()
    {
        using var vmm = new CloudHypervisorVmm(Whole() with { Card = new VmCard("a-name-that-is-too-long", "02:00:00:00:00:01") }, TimeProvider.System);
        await using var strict = Strict();
        var error = await Assert.ThrowsAsync<IOException>(() => vmm.Begin(CancellationToken.None));
        Assert.StartsWith("the tap of the machine's card: ", error.Message, StringComparison.Ordinal);
        Assert.False(strict.HasBegun());
    }

    [Fact]
    public void What_it_cannot_do_is_refused_before_it_is_started()
    {
        Assert.Throws<ArgumentException>(() => new CloudHypervisorVmm(Whole() with { Accelerator = "tcg" }, TimeProvider.System));
        Assert.Throws<ArgumentException>(() => new CloudHypervisorVmm(Whole() with { Copies = "/m/template" }, TimeProvider.System));
        Assert.Throws<ArgumentException>(() => new CloudHypervisorVmm(Whole() with { Makes = new VmTemplate("/t/memory", "/t/state") }, TimeProvider.System));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Told =>
        $$$"""
        {"cpus":{"boot_vcpus":2,"max_vcpus":2},"memory":{"size":201326592,"shared":true},
        "payload":{"kernel":"/boot/kernel","initramfs":"/boot/initrd","cmdline":"console=ttyS0 a=b,c"},
        "disks":[{"path":"/run/skerry/disks/0","readonly":true,"serial":"l0","id":"d0","image_type":"Raw"},
        {"path":"/run/skerry/writable/0","readonly":false,"serial":"w0","id":"d1","image_type":"Raw"},
        {"path":"/run/skerry/writable/1","readonly":false,"serial":"w1","id":"d2","image_type":"Raw"}],
        "fs":[{"tag":"volumes","socket":"/s/machine","num_queues":1,"queue_size":512}],
        "balloon":{"size":0,"deflate_on_oom":false,"free_page_reporting":true},
        "serial":{"mode":"Tty"},"console":{"mode":"Off"},"vsock":{"cid":3,"socket":"{{{_directory}}}/vsock"}}
        """.ReplaceLineEndings(string.Empty);

    private VmDocument Whole() => FirecrackerVmmTests.Whole(_directory) with { Kind = VmDocument.CloudHypervisor, Card = null };

    private StrictVmm Strict() => new(
        Path.Combine(_directory, "control"),
        Definitions.CloudHypervisor,
        static (place, _) => place.EndsWith("vm.boot", StringComparison.Ordinal),
        new Dictionary<string, Func<StrictVmm, string>> { ["/api/v1/vm.info"] = static _ => """{"config":{"payload":{}},"state":"Running","memory_actual_size":134217728}""" });
}
