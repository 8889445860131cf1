using Skerry.Contracts.Vmm;
using Skerry.Vmm.Machines;

namespace Skerry.Vmm.Tests.Machines;

public sealed class QemuCommandTests
{
    [Fact]
    public void Emulation_lets_the_guest_stop_its_tick_and_bounds_what_it_keeps_of_translated_code()
    {
        var arguments = QemuCommand.Arguments(Machine(), "/tmp/agent", "/tmp/control");
        Assert.Equal("tcg,tb-size=64", After(arguments, "-accel"));
        Assert.Equal("qemu64,+arat", After(arguments, "-cpu"));
        Assert.Equal("192", After(arguments, "-m"));
        Assert.Contains("-sandbox", arguments);
    }

    [Fact]
    public void What_gives_translated_code_back_is_for_emulation_alone()
    {
        var machine = Machine() with { Shed = "/lib/shed.so" };
        Assert.Equal("file=/lib/shed.so", After(QemuCommand.Arguments(machine, "/tmp/agent", "/tmp/control"), "-plugin"));
        Assert.DoesNotContain("-plugin", QemuCommand.Arguments(machine with { Accelerator = "kvm" }, "/tmp/agent", "/tmp/control"));
        Assert.DoesNotContain("-plugin", QemuCommand.Arguments(Machine(), "/tmp/agent", "/tmp/control"));
    }

    [Fact]
    public void Each_disk_is_read_only_and_known_by_its_serial_number()
    {
        var arguments = QemuCommand.Arguments(Machine() with { Disks = [new VmDisk("/d/a", "aa"), new VmDisk("/d/b", "bb")] }, "/tmp/agent", "/tmp/control");
        Assert.Contains("id=d1,if=none,format=raw,readonly=on,file=/d/b", arguments);
        Assert.Contains("virtio-blk-device,drive=d1,serial=bb", arguments);
    }

    [Theory]
    [InlineData(false, "writeback")]
    [InlineData(true, "unsafe")]
    public void A_disk_that_is_written_to_gives_back_what_is_discarded_and_never_stops_the_machine(bool isThrownAway, string cache)
    {
        var arguments = QemuCommand.Arguments(Machine() with { Disks = [new VmDisk("/d/a", "aa") { IsWritable = true, IsThrownAway = isThrownAway }] }, "/tmp/agent", "/tmp/control");
        Assert.Contains($"id=d0,if=none,format=raw,discard=unmap,cache={cache},file=/d/a", arguments);
        Assert.Contains("virtio-blk-device,drive=d0,serial=aa,werror=report,rerror=report", arguments);
    }

    [Fact]
    public void A_machine_with_volumes_has_its_memory_in_a_file_that_their_server_maps()
    {
        var arguments = QemuCommand.Arguments(Machine() with { Share = new VmShare("/s/holder", "/s/machine") }, "/tmp/agent", "/tmp/control");
        Assert.Contains("memory-backend-memfd,id=memory,size=192M,share=on", arguments);
        Assert.Contains("socket,id=share,path=/s/machine", arguments);
        Assert.Contains("vhost-user-fs-device,chardev=share,tag=volumes,queue-size=512", arguments);
    }

    [Fact]
    public void A_card_is_behind_its_tap_and_without_scripts() =>
        Assert.Contains(
            "tap,id=n0,ifname=tap0,script=no,downscript=no",
            QemuCommand.Arguments(Machine() with { Card = new VmCard("tap0", "02:00:00:00:00:01") }, "/tmp/agent", "/tmp/control"));

    [Fact]
    public void A_machine_without_a_card_has_no_network() =>
        Assert.DoesNotContain("-netdev", QemuCommand.Arguments(Machine(), "/tmp/agent", "/tmp/control"));

    [Theory]
    [InlineData("/d/a,readonly=off")]
    [InlineData("/d/a\n")]
    [InlineData("")]
    public void A_text_that_would_begin_another_option_is_refused(string path) =>
        Assert.Throws<ArgumentException>(() => QemuCommand.Arguments(Machine() with { Disks = [new VmDisk(path, "aa")] }, "/tmp/agent", "/tmp/control"));

    [Fact]
    public void A_copy_of_a_template_keeps_what_it_changes_to_itself()
    {
        var copy = QemuCommand.Arguments(Machine() with { Copies = "/m/template" }, "/tmp/agent", "/tmp/control");
        Assert.Contains("memory-backend-file,id=memory,size=192M,mem-path=/proc/self/fd/6,share=off", copy);
        Assert.Contains("-incoming", copy);
        var making = QemuCommand.Arguments(Machine() with { Makes = new VmTemplate("/t/memory", "/t/state") }, "/tmp/agent", "/tmp/control");
        Assert.Contains("memory-backend-file,id=memory,size=192M,mem-path=/t/memory,share=on", making);
        Assert.DoesNotContain("-incoming", making);
    }

    [Fact]
    public void A_balloon_gives_back_what_the_guest_does_not_use_unless_its_pages_are_a_templates()
    {
        Assert.Contains("virtio-balloon-device,id=balloon,free-page-reporting=on", QemuCommand.Arguments(Machine(), "/tmp/agent", "/tmp/control"));
        Assert.Contains("virtio-balloon-device,id=balloon", QemuCommand.Arguments(Machine() with { Copies = "/m/template" }, "/tmp/agent", "/tmp/control"));
        Assert.Contains("virtio-balloon-device,id=balloon", QemuCommand.Arguments(Machine() with { Makes = new VmTemplate("/t/memory", "/t/state") }, "/tmp/agent", "/tmp/control"));
    }

    [Fact]
    public void Disks_of_a_machine_that_waits_have_names_by_which_they_are_exchanged()
    {
        var disks = Machine() with { Disks = [new VmDisk("/d/a", "aa"), new VmDisk("/d/b", "bb") { IsWritable = true }] };
        Assert.DoesNotContain(QemuCommand.Arguments(disks, "/tmp/agent", "/tmp/control"), static a => a.Contains(",id=disk", StringComparison.Ordinal));
        var waiting = QemuCommand.Arguments(disks with { Copies = "/m/template", Parks = new VmPark([]) }, "/tmp/agent", "/tmp/control");
        Assert.Contains(waiting, static a => a.EndsWith("serial=aa,id=disk0", StringComparison.Ordinal));
        Assert.Contains(waiting, static a => a.EndsWith(",id=disk1", StringComparison.Ordinal));
    }

    private static string After(IReadOnlyList<string> arguments, string option) => arguments[arguments.ToList().IndexOf(option) + 1];

    internal static VmDocument Machine() => new()
    {
        Kind = "qemu",
        Program = "/bin/qemu",
        Firmware = "/share",
        Modules = "/modules",
        Accelerator = "tcg",
        Kernel = "/k",
        Initrd = "/i",
        KernelParameters = "quiet a=b,c",
        Processors = 1,
        MemoryMebibytes = 192,
        GuestMebibytes = 128,
        Disks = [],
        Rendezvous = "/m/socket",
        Sizing = "/m/size",
        Temporary = "/tmp",
        BootPatience = 1,
        EndPatience = 1,
        Configuration = [],
    };
}
