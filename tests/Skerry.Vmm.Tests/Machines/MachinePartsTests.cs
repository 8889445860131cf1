using System.Diagnostics;
using System.Net.Sockets;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Vmm.Hold;
using Skerry.Vmm.Machines;

namespace Skerry.Vmm.Tests.Machines;

/// <summary>What is behind the devices of a real QEMU, which stands still, before and after it is exchanged.</summary>
public sealed class MachinePartsTests : IAsyncDisposable
{
    private const string Qemu = "/usr/bin/qemu-system-x86_64";
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-parts-").FullName;
    private Process? _qemu;
    private NetworkStream? _connection;

    [Fact]
    public async Task Disks_are_exchanged_for_open_files_and_can_be_read_or_written_as_before()
    {
        var qmp = await Begin();
        using var layer = New("layer", 8 << 20, OpenFlags.Read);
        using var own = New("own", 16 << 20, OpenFlags.ReadWrite);
        var take = new VmTake { Disks = [new VmTakenDisk(0, IsWritable: false, IsThrownAway: false), new VmTakenDisk(1, IsWritable: true, IsThrownAway: true)], HasTap = false, Configuration = [] };
        await MachineParts.Put(qmp, _connection!.Socket, take, [layer, own], TestContext.Current.CancellationToken);
        var blocks = (await qmp.Command("query-block", null, TestContext.Current.CancellationToken)).EnumerateArray().Select(static b => b.GetProperty("inserted")).ToList();
        Assert.Equal(["taken0", "taken1"], blocks.Select(static b => b.GetProperty("node-name").GetString()));
        Assert.Equal([8L << 20, 16L << 20], blocks.Select(static b => b.GetProperty("image").GetProperty("virtual-size").GetInt64()));
        Assert.Equal([true, false], blocks.Select(static b => b.GetProperty("ro").GetBoolean()));
        Assert.Equal([false, true], blocks.Select(static b => b.GetProperty("cache").GetProperty("no-flush").GetBoolean()));
        Assert.DoesNotContain(Directory.EnumerateFiles($"/proc/{_qemu!.Id}/fd"), static f => new FileInfo(f).LinkTarget?.EndsWith("/first", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_does_not_become_a_disk_that_can()
    {
        var qmp = await Begin();
        using var layer = New("layer", 8 << 20, OpenFlags.Read);
        var take = new VmTake { Disks = [new VmTakenDisk(1, IsWritable: true, IsThrownAway: true)], HasTap = false, Configuration = [] };
        await Assert.ThrowsAsync<IOException>(() => MachineParts.Put(qmp, _connection!.Socket, take, [layer], TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_qemu is not null)
        {
            _qemu.Kill();
            await _qemu.WaitForExitAsync();
            _qemu.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private FileDescriptor New(string name, long size, OpenFlags how)
    {
        var path = Path.Combine(_directory, name);
        using (var made = FileCalls.Open(null, path, OpenFlags.Write | OpenFlags.Create, 0x180 /* 0600 */))
        {
            FileCalls.SetLength(made, size);
        }

        return FileCalls.Open(null, path, how);
    }

    private async Task<QmpClient> Begin()
    {
        Assert.SkipUnless(File.Exists(Qemu), "needs QEMU: apt-get install qemu-system-x86");
        New("first", 1 << 20, OpenFlags.Read).Dispose();
        New("second", 1 << 20, OpenFlags.Read).Dispose();
        var control = Path.Combine(_directory, "control");
        using var waiting = Rendezvous.Listen(control);
        string[] words =
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-S", "-M", "microvm,acpi=on,rtc=on", "-accel", "tcg", "-m", "32",
            "-chardev", $"socket,id=control,path={control}", "-mon", "chardev=control,mode=control",
            "-drive", $"id=d0,if=none,format=raw,readonly=on,file={_directory}/first", "-device", "virtio-blk-device,drive=d0,serial=a,id=" + MachineParts.DiskName(0),
            "-drive", $"id=d1,if=none,format=raw,file={_directory}/second", "-device", "virtio-blk-device,drive=d1,serial=b,id=" + MachineParts.DiskName(1),
        ];
        _qemu = Process.Start(new ProcessStartInfo(Qemu, words));
        _connection = await Rendezvous.Accept(waiting, TestContext.Current.CancellationToken);
        var qmp = new QmpClient(_connection);
        await qmp.Begin(TestContext.Current.CancellationToken);
        return qmp;
    }
}
