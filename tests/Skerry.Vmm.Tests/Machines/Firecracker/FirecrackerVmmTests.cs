using System.Net.Sockets;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Hold;
using Skerry.Vmm.Machines;
using Skerry.Vmm.Machines.Firecracker;
using Skerry.Vmm.Tests.Published;

namespace Skerry.Vmm.Tests.Machines.Firecracker;

/// <summary>What Firecracker is told, before a listener that is strict about its published definition.</summary>
public sealed class FirecrackerVmmTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-fc-").FullName;

    [Fact]
    [Trait("Promise", "P-130")]
    public async Task A_whole_machine_is_told_in_the_words_of_the_published_definition_and_booted_last()
    {
        using var vmm = new FirecrackerVmm(Whole(_directory), TimeProvider.System);
        await using var strict = Strict(Definitions.Firecracker);
        await using var machine = await vmm.Begin(CancellationToken.None);
        Assert.Empty(strict.Faults);
        Assert.Equal(
            [
                ("PUT", "/machine-config", """{"vcpu_count":2,"mem_size_mib":192}"""),
                ("PUT", "/boot-source", """{"kernel_image_path":"/boot/kernel","boot_args":"console=ttyS0 a=b,c","initrd_path":"/boot/initrd"}"""),
                ("PUT", "/drives/d0", """{"drive_id":"d0","path_on_host":"/run/skerry/disks/0","is_root_device":false,"is_read_only":true,"cache_type":"Unsafe"}"""),
                ("PUT", "/drives/d1", """{"drive_id":"d1","path_on_host":"/run/skerry/writable/0","is_root_device":false,"is_read_only":false,"cache_type":"Writeback"}"""),
                ("PUT", "/drives/d2", """{"drive_id":"d2","path_on_host":"/run/skerry/writable/1","is_root_device":false,"is_read_only":false,"cache_type":"Unsafe"}"""),
                ("PUT", "/network-interfaces/eth0", """{"iface_id":"eth0","host_dev_name":"tap0","guest_mac":"02:00:00:00:00:01"}"""),
                ("PUT", "/balloon", """{"amount_mib":0,"deflate_on_oom":false,"stats_polling_interval_s":60}"""),
                ("PUT", "/vsock", $$"""{"guest_cid":3,"uds_path":"{{_directory}}/vsock"}"""),
                ("PUT", "/actions", """{"action_type":"InstanceStart"}"""),
            ],
            strict.Taken);
        Assert.Equal(["--api-sock", Path.Combine(_directory, "control"), "--id", "machine"], vmm.Arguments);
    }

    [Fact]
    [Trait("Promise", "P-130")]
    public async Task A_running_machine_is_stopped_and_resumed_and_written_down_in_those_words_too()
    {
        using var vmm = new FirecrackerVmm(Whole(_directory), TimeProvider.System);
        await using var strict = Strict(Definitions.Firecracker);
        await using var machine = await vmm.Begin(CancellationToken.None);
        var begin = strict.Taken.Count;
        await machine.Stop(CancellationToken.None);
        await machine.Continue(CancellationToken.None);
        await machine.Save(new VmTemplate("/t/memory", "/t/state"), "/unused", CancellationToken.None);
        Assert.Empty(strict.Faults);
        Assert.Equal(
            [
                ("PATCH", "/vm", """{"state":"Paused"}"""),
                ("PATCH", "/vm", """{"state":"Resumed"}"""),
                ("PATCH", "/vm", """{"state":"Paused"}"""),
                ("PUT", "/snapshot/create", """{"snapshot_path":"/t/state","mem_file_path":"/t/memory"}"""),
            ],
            strict.Taken.Skip(begin));
    }

    [Fact]
    public async Task A_copy_is_told_nothing_but_where_its_state_and_memory_are()
    {
        using var vmm = new FirecrackerVmm(Whole(_directory) with { Copies = "/m/template" }, TimeProvider.System);
        await using var strict = Strict(Definitions.Firecracker);
        await using var machine = await vmm.Begin(CancellationToken.None);
        await machine.Load(CancellationToken.None);
        Assert.Empty(strict.Faults);
        Assert.Equal([("PUT", "/snapshot/load", """{"snapshot_path":"/proc/self/fd/5","mem_file_path":"/proc/self/fd/6","resume_vm":true}""")], strict.Taken);
    }

    [Fact]
    public async Task The_guest_has_what_its_balloon_has_not()
    {
        var has = 0;
        using var vmm = new FirecrackerVmm(Whole(_directory), TimeProvider.System);
        await using var strict = Strict(Definitions.Firecracker, s => $$"""{"target_pages":0,"actual_pages":0,"target_mib":0,"actual_mib":{{(s.Taken.Any(static t => t.Method == "PATCH") ? has++ * 32 : 0)}}}""");
        await using var machine = await vmm.Begin(CancellationToken.None);
        Assert.Equal(192, await machine.Resize(0, TimeSpan.FromSeconds(10), CancellationToken.None));
        Assert.Equal(128, await machine.Resize(128, TimeSpan.FromSeconds(10), CancellationToken.None));
        Assert.Contains(("PATCH", "/balloon", """{"amount_mib":64}"""), strict.Taken);
        Assert.Empty(strict.Faults);
    }

    [Fact]
    public async Task A_refusal_of_a_part_is_the_end_and_nothing_is_booted()
    {
        using var vmm = new FirecrackerVmm(Whole(_directory), TimeProvider.System);
        var definition = new ApiDefinition { ["PUT", "/machine-config"] = Definitions.Firecracker["PUT", "/machine-config"] };
        await using var strict = Strict(definition);
        var error = await Assert.ThrowsAsync<IOException>(() => vmm.Begin(CancellationToken.None));
        Assert.Equal("Firecracker refused PUT /boot-source (400): there is no PUT /boot-source", error.Message);
        Assert.Equal("/machine-config", Assert.Single(strict.Taken).Place);
        Assert.False(strict.HasBegun());
    }

    [Fact]
    [Trait("Promise", "P-132")]
    public async Task The_first_to_call_is_the_agent_and_whoever_comes_later_finds_no_door()
    {
        using var vmm = new FirecrackerVmm(Whole(_directory), TimeProvider.System);
        var door = $"{_directory}/vsock_{VmDocument.AgentPort}";
        var coming = vmm.Guest(CancellationToken.None);
        await using var agent = await Rendezvous.Call(door, CancellationToken.None);
        await using var guest = await coming;
        await agent.WriteAsync("hello"u8.ToArray());
        var said = new byte[5];
        await guest.ReadExactlyAsync(said);
        Assert.Equal("hello"u8.ToArray(), said);
        Assert.False(File.Exists(door));
        await Assert.ThrowsAsync<SocketException>(() => Rendezvous.Call(door, CancellationToken.None));
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(137, null)]
    [InlineData(148, "its VMM made a system call that its own filter forbids")]
    [InlineData(153, "its VMM does not know its arguments")]
    public void Its_own_exit_codes_are_not_taken_for_signals(int code, string? meaning)
    {
        using IVmm vmm = new FirecrackerVmm(Whole(_directory), TimeProvider.System);
        Assert.Equal(meaning, vmm.Ending(code));
    }

    [Fact]
    public void What_it_cannot_do_is_refused_before_it_is_started()
    {
        Assert.Throws<ArgumentException>(() => new FirecrackerVmm(Whole(_directory) with { Accelerator = "tcg" }, TimeProvider.System));
        Assert.Throws<ArgumentException>(() => new FirecrackerVmm(Whole(_directory) with { Share = new VmShare("/h", "/m") }, TimeProvider.System));
        Assert.Throws<ArgumentException>(() => new FirecrackerVmm(Whole(_directory) with { Processors = 33 }, TimeProvider.System));
        Assert.Throws<ArgumentException>(() => new FirecrackerVmm(Whole(_directory) with { Card = new VmCard(string.Empty, "02:00:00:00:00:01") }, TimeProvider.System));
        Assert.Throws<IOException>(() => VmmKind.Of(Whole(_directory) with { Kind = "bochs" }, TimeProvider.System));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    internal static VmDocument Whole(string directory) => QemuCommandTests.Machine() with
    {
        Kind = VmDocument.Firecracker,
        Program = "/bin/firecracker",
        Accelerator = VmDocument.Kvm,
        Kernel = "/boot/kernel",
        Initrd = "/boot/initrd",
        KernelParameters = "console=ttyS0 a=b,c",
        Processors = 2,
        Temporary = directory,
        Card = new VmCard("tap0", "02:00:00:00:00:01"),
        Disks =
        [
            new VmDisk("/run/skerry/disks/0", "l0"),
            new VmDisk("/run/skerry/writable/0", "w0") { IsWritable = true },
            new VmDisk("/run/skerry/writable/1", "w1") { IsWritable = true, IsThrownAway = true },
        ],
    };

    private StrictVmm Strict(ApiDefinition definition, Func<StrictVmm, string>? statistics = null) => new(
        Path.Combine(_directory, "control"),
        definition,
        static (place, _) => place == "/actions",
        new Dictionary<string, Func<StrictVmm, string>> { ["/balloon/statistics"] = statistics ?? (static _ => "{}") });
}
