using Skerry.Contracts.Vmm;
using Skerry.Vmm.Machines;
using Skerry.Vmm.Machines.CloudHypervisor;
using Skerry.Vmm.Tests.Machines.Firecracker;

namespace Skerry.Vmm.Tests.Machines.CloudHypervisor;

/// <summary>A real Cloud Hypervisor with kernels of some bytes, which even a KVM that emulates runs in time.</summary>
public sealed class RealCloudHypervisorTests : IDisposable
{
    private const string Variable = "SKERRY_CLOUD_HYPERVISOR";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-ch-").FullName;

    [Fact]
    [Trait("Promise", "P-133")]
    public async Task A_machine_is_told_boots_speaks_on_its_console_and_ends_when_its_guest_switches_it_off()
    {
        var vm = Needed(TinyKernel.Elf("told by the API\n", TinyKernelEnd.Off));
        using var vmm = new CloudHypervisorVmm(vm, TimeProvider.System);
        using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
        await using var ending = new Ending(machine);
        await using var control = await Begin(vmm, machine);
        Assert.Equal(0, await Ended(machine));
        Assert.Contains("told by the API", await machine.Obituary("it ended"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-133")]
    public async Task A_running_machine_says_what_its_guest_has_stands_still_and_goes_on()
    {
        var vm = Needed(TinyKernel.Elf(".", TinyKernelEnd.Never));
        using var vmm = new CloudHypervisorVmm(vm, TimeProvider.System);
        using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
        await using var ending = new Ending(machine);
        await using var control = await Begin(vmm, machine);
        Assert.Equal(vm.MemoryMebibytes, await control.Resize(0, s_patience, CancellationToken.None));
        await control.Stop(CancellationToken.None);
        await control.Continue(CancellationToken.None);
        using var patience = new CancellationTokenSource(s_patience);
        while (!machine.Console.Last().EndsWith("..", StringComparison.Ordinal))
        {
            await Task.Delay(5, patience.Token);
        }

        await machine.Kill();
    }

    [Fact]
    [Trait("Promise", "P-133")]
    public async Task A_card_is_behind_a_tap_that_came_as_an_open_file()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "needs root and /dev/net/tun");
        var vm = Needed(TinyKernel.Elf("it has a card\n", TinyKernelEnd.Off)) with { Card = new VmCard("sktest1", "02:00:00:00:00:01") };
        using var vmm = new CloudHypervisorVmm(vm, TimeProvider.System);
        using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
        await using var ending = new Ending(machine);
        await using var control = await Begin(vmm, machine);
        Assert.Equal(0, await Ended(machine));
        Assert.Contains("it has a card", await machine.Obituary("it ended"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-133")]
    public async Task What_it_refuses_it_says_in_its_own_words()
    {
        var vm = Needed("no kernel"u8.ToArray());
        using var vmm = new CloudHypervisorVmm(vm, TimeProvider.System);
        using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
        await using var ending = new Ending(machine);
        var error = await Assert.ThrowsAsync<IOException>(() => vmm.Begin(CancellationToken.None));
        Assert.StartsWith("Cloud Hypervisor refused PUT /api/v1/vm.boot (", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("does not say why", error.Message, StringComparison.Ordinal);
        await machine.Kill();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<IMachine> Begin(CloudHypervisorVmm vmm, RunningMachine machine)
    {
        try
        {
            return await vmm.Begin(CancellationToken.None);
        }
        catch (IOException error)
        {
            await machine.Kill();
            throw new IOException(await machine.Obituary(error.Message), error);
        }
    }

    private static async Task<int> Ended(RunningMachine machine)
    {
        if (await Task.WhenAny(machine.Ended, Task.Delay(s_patience)) != machine.Ended)
        {
            await machine.Kill();
        }

        return await machine.Ended;
    }

    private VmDocument Needed(byte[] kernel)
    {
        var program = new[] { Environment.GetEnvironmentVariable(Variable), "/usr/local/bin/cloud-hypervisor", "/usr/bin/cloud-hypervisor" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, $"needs Cloud Hypervisor, which Debian has no package of: install it, or {Variable}=FILE");
        Assert.SkipUnless(File.Exists("/dev/kvm"), "needs /dev/kvm");
        foreach (var (name, content) in new[] { ("kernel", kernel), ("initrd", new byte[512]), ("layer", new byte[1 << 20]), ("own", new byte[1 << 20]) })
        {
            File.WriteAllBytes(Path.Combine(_directory, name), content);
        }

        return FirecrackerVmmTests.Whole(_directory) with
        {
            Kind = VmDocument.CloudHypervisor,
            Program = program!,
            Kernel = Path.Combine(_directory, "kernel"),
            Initrd = Path.Combine(_directory, "initrd"),
            KernelParameters = "console=ttyS0",
            Processors = 1,
            Card = null,
            Disks = [new VmDisk(Path.Combine(_directory, "layer"), "l0"), new VmDisk(Path.Combine(_directory, "own"), "w0") { IsWritable = true }],
        };
    }
}
