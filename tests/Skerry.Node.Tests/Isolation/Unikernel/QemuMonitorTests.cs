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
