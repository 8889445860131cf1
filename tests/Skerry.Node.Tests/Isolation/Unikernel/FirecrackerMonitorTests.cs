using System.Text;
using System.Text.Json;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Unikernel;

namespace Skerry.Node.Tests.Isolation.Unikernel;

public sealed class FirecrackerMonitorTests : IDisposable
{
    private const string Variable = "SKERRY_FIRECRACKER";
    private readonly string _home = Directory.CreateTempSubdirectory("skerry-fc-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    [Trait("Promise", "P-136")]
    public async Task Without_it_the_verdict_says_that_an_image_asks_for_it_and_what_to_do()
    {
        var verdict = await new FirecrackerMonitor(null).Tried;
        Assert.Equal("Firecracker, which the image is made for, is not installed", verdict.Reason);
        Assert.Contains("firecracker under [runtime]", verdict.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_an_image_is_in_its_file_but_one_text()
    {
        const string Hostile = "x\",\"drives\":[{\"path_on_host\":\"/etc/shadow\"}] é $(id)";
        var monitor = new FirecrackerMonitor(null);
        var (destination, content) = Assert.Single(monitor.Files(Plan(Hostile)));
        using var machine = JsonDocument.Parse(content, new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal(["boot-source", "machine-config", "drives", "network-interfaces"], machine.RootElement.EnumerateObject().Select(static m => m.Name));
        Assert.Equal(Hostile, machine.RootElement.GetProperty("boot-source").GetProperty("boot_args").GetString());
        Assert.Equal("""[{"drive_id":"disk","path_on_host":"/guest/block","is_root_device":false,"is_read_only":true}]""", machine.RootElement.GetProperty("drives").GetRawText());
        Assert.Equal("""[{"iface_id":"eth0","host_dev_name":"tap0","guest_mac":"02:00:00:00:00:01"}]""", machine.RootElement.GetProperty("network-interfaces").GetRawText());
        Assert.Equal(["--no-api", "--config-file", destination], monitor.Arguments(Plan(Hostile)));
        Assert.Equal(["/dev/kvm", "/dev/net/tun"], monitor.Devices(Plan(Hostile)).Select(static d => d.Path));
    }

    [Fact]
    public async Task The_trial_runs_a_guest_of_the_nodes_own_and_says_how_that_was()
    {
        var program = Program();
        var verdict = await new FirecrackerMonitor(program).Tried;
        if (verdict.Works)
        {
            Assert.StartsWith("Firecracker v", verdict.Runtime, StringComparison.Ordinal);
            Assert.False(verdict.IsSlow);
        }
        else
        {
            Assert.Equal("Firecracker needs KVM, which runs no guest here (a guest of some million instructions did not end within 3 s)", verdict.Reason);
            Assert.Contains("qemu, which emulates", verdict.Next, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_program_that_is_none_is_refused_with_what_it_said()
    {
        Assert.SkipUnless(File.Exists("/dev/kvm"), "needs /dev/kvm");
        var verdict = await new FirecrackerMonitor("/bin/false").Tried;
        Assert.Equal("Firecracker needs KVM, which runs no guest here (exit code 1: (it said nothing))", verdict.Reason);
    }

    [Fact]
    [Trait("Promise", "P-136")]
    public async Task A_real_Firecracker_takes_the_file_and_ends_when_its_guest_resets()
    {
        var program = Program();

        // The trial's own kernel, with fewer rounds: it must end on a KVM that emulates, too.
        var kernel = FirecrackerTrial.Kernel();
        var rounds = kernel.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xb9, 0x00, 0x2d, 0x31, 0x01]);
        new byte[] { 0x00, 0x10, 0x00, 0x00 }.CopyTo(kernel, rounds + 1);
        Directory.CreateDirectory(Path.Combine(_home, "guest"));
        await File.WriteAllBytesAsync(Path.Combine(_home, "guest/kernel"), kernel);
        await File.WriteAllBytesAsync(Path.Combine(_home, "guest/initrd"), new byte[512]);
        await File.WriteAllBytesAsync(Path.Combine(_home, "guest/block"), new byte[1 << 20]);
        var monitor = new FirecrackerMonitor(program);
        var plan = Plan("console=ttyS0 reboot=k") with { Network = null };
        var (destination, content) = Assert.Single(monitor.Files(plan));
        await File.WriteAllTextAsync(_home + destination, Encoding.UTF8.GetString(content).Replace("\"/guest/", $"\"{_home}/guest/", StringComparison.Ordinal));
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, monitor.Arguments(plan).Select(a => a == destination ? _home + destination : a)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            process.Kill();
        }

        Assert.True(process.ExitCode == 0, await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync());
    }

    private static string Program()
    {
        var program = new[] { Environment.GetEnvironmentVariable(Variable), "/usr/local/bin/firecracker", "/usr/bin/firecracker" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, $"needs Firecracker, which Debian has no package of: install it, or {Variable}=FILE");
        Assert.SkipUnless(File.Exists("/dev/kvm"), "needs /dev/kvm");
        return program!;
    }

    private static GuestPlan Plan(string line) => new()
    {
        Kind = UnikernelKind.Linux, CommandLine = line, MemoryMiB = 64, Processors = 2, HasInitrd = true, HasBlock = true,
        Network = new GuestNetwork { Tap = "tap0", Mac = "02:00:00:00:00:01", Mtu = 1500 },
    };
}
