using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Unikernel;
using Skerry.Node.Tests.Isolation.Jails;

namespace Skerry.Node.Tests.Isolation.Unikernel;

public sealed class QemuMonitorTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("skerry-qemu-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task The_trial_runs_a_guest_of_the_nodes_own_and_says_how()
    {
        var verdict = await new QemuMonitor(QemuLab.Program(), new JailRoots(_home)).Tried;
        Assert.True(verdict.Works, verdict.Reason);
        Assert.StartsWith("QEMU emulator version", verdict.Runtime, StringComparison.Ordinal);
        Assert.Equal(verdict.IsSlow, verdict.Detail.Contains("software emulation", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_qemu_the_verdict_says_what_to_install()
    {
        var verdict = await new QemuMonitor(null, new JailRoots(_home)).Tried;
        Assert.False(verdict.Works);
        Assert.Contains("qemu-system-x86", verdict.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_an_image_is_in_the_arguments_but_one_line_in_one_of_them()
    {
        const string Hostile = "x,file=/etc/shadow -device e1000 ;reboot $(id) %s";
        var plan = new GuestPlan
        {
            Kind = UnikernelKind.Linux, CommandLine = Hostile, MemoryMiB = 64, Processors = 2, HasInitrd = true, HasBlock = true,
            Network = new GuestNetwork { Tap = "tap0", Mac = "02:00:00:00:00:01", Mtu = 1400 },
        };
        var arguments = new QemuMonitor(null, new JailRoots(_home)).Arguments(plan);
        Assert.Equal("-append", arguments[arguments.ToList().IndexOf(Hostile) - 1]);
        Assert.DoesNotContain(arguments, static a => a != Hostile && a.Contains("shadow", StringComparison.Ordinal));
        Assert.Contains("virtio-net-device,netdev=net,mac=02:00:00:00:00:01,host_mtu=1400", arguments);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(85, 42)]
    [InlineData(127, 63)]
    [InlineData(137, 137)]
    [InlineData(2, 2)]
    public void An_exit_code_is_what_the_guest_wrote_to_the_port(int code, int told) =>
        Assert.Equal(told, new QemuMonitor(null, new JailRoots(_home)).GuestCode(code));

    [Fact]
    public async Task A_machine_that_is_reset_is_told_from_one_that_is_switched_off()
    {
        byte[] triple = [0x0f, 0x01, 0x1d, 0x34, 0x00, 0x10, 0x00, 0x0f, 0x0b, .. new byte[23]]; // lidt of an empty table; ud2
        byte[] off = [0xb8, 0x34, 0, 0, 0, 0xba, 0x00, 0x02, 0xa0, 0xfe, 0x88, 0x02, 0xf4]; // mov eax, SLP_EN | 5 << 2; mov edx, the board's sleep register (hw/i386/microvm.c); mov [edx], al; hlt
        Assert.True(await Ran("reset", triple));
        Assert.False(await Ran("off", off));
        Assert.False(QemuEvents.WasReset(Path.Combine(_home, "not-there")));
    }

    [Fact]
    public void What_a_machine_left_is_read_as_a_strangers()
    {
        var said = Path.Combine(_home, "said");
        Directory.CreateDirectory(said);
        var file = Path.Combine(said, "qmp.out");
        const string Event = "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\n";
        File.WriteAllText(file, new string('x', 100_000) + "\n" + Event);
        Assert.True(QemuEvents.WasReset(_home));
        foreach (var other in (string[])["", "[]", "{\"event\": 1}", "{\"event\": \"SHUTDOWN\", \"data\": []}", "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": 7}}", Event.Replace("guest-reset", "guest-shutdown", StringComparison.Ordinal)])
        {
            File.WriteAllText(file, other);
            Assert.False(QemuEvents.WasReset(_home));
        }

        var elsewhere = Path.Combine(_home, "elsewhere");
        File.WriteAllText(elsewhere, Event);
        File.Delete(file);
        File.CreateSymbolicLink(file, elsewhere);
        Assert.False(QemuEvents.WasReset(_home));
    }

    [Fact]
    public void A_kernels_header_says_how_much_memory_it_takes()
    {
        var file = Path.Combine(_home, "kernel");
        var kernel = new byte[1024];
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        kernel[0x206] = 0x0f;
        kernel[0x207] = 2;
        kernel[0x25b] = 1; // 16 MiB
        kernel[0x262] = 0x30; // 3 MiB
        File.WriteAllBytes(file, kernel);
        Assert.Equal(19L << 20, LinuxKernel.Needs(file));
        kernel[0x206] = 9;
        File.WriteAllBytes(file, kernel);
        Assert.Equal(0, LinuxKernel.Needs(file));
        File.WriteAllBytes(file, [1, 2, 3]);
        Assert.Equal(0, LinuxKernel.Needs(file));
    }

    /// <summary>Runs a kernel of some instructions under the machine's own QEMU, as the tier does.</summary>
    /// <returns>It was reset.</returns>
    private async Task<bool> Ran(string name, byte[] code)
    {
        var bundle = Path.Combine(_home, name);
        Directory.CreateDirectory(bundle);
        var mount = QemuEvents.Lay(bundle, null);
        var whole = QemuTrial.Kernel();
        var kernel = Path.Combine(bundle, "kernel");
        await File.WriteAllBytesAsync(kernel, [.. whole[..32], .. code], TestContext.Current.CancellationToken);
        List<string> arguments = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", .. QemuMonitor.Machine(kvm: false), "-m", "16", "-kernel", kernel];
        arguments.AddRange(QemuEvents.Arguments.Select(a => a.Replace(mount.Destination, mount.Source, StringComparison.Ordinal)));
        using var qemu = global::System.Diagnostics.Process.Start(QemuLab.Program(), arguments);
        await qemu.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, qemu.ExitCode);
        return QemuEvents.WasReset(bundle);
    }

    [Fact]
    public void A_panic_is_found_at_the_end_of_a_console()
    {
        var log = Path.Combine(_home, "log");
        File.WriteAllText(log, "2026-01-01T00:00:00Z stdout F [    0.1] Run /init\r\n2026-01-01T00:00:00Z stdout P [    0.2] Kernel pa\n2026-01-01T00:00:00Z stdout F nic - not syncing: Attempted to kill init!\r\n2026-01-01T00:00:00Z stdout F [    0.3] Rebooting in 1 seconds..\r\n");
        Assert.Equal("[    0.1] Run /init | [    0.2] Kernel panic - not syncing: Attempted to kill init!", GuestConsole.Panic(log));
        File.WriteAllText(log, "2026-01-01T00:00:00Z stdout F all is well\n");
        Assert.Null(GuestConsole.Panic(log));
        Assert.Null(GuestConsole.Panic(log + ".not-there"));
    }
}
