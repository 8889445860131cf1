using System.Diagnostics;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Vmm.Machines;
using Skerry.Vmm.Machines.Firecracker;

namespace Skerry.Vmm.Tests.Machines.Firecracker;

/// <summary>A real Firecracker with kernels of some bytes, which even a KVM that emulates runs in time.</summary>
public sealed class RealFirecrackerTests : IDisposable
{
    private const string Variable = "SKERRY_FIRECRACKER";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-fc-").FullName;

    [Fact]
    [Trait("Promise", "P-133")]
    public async Task A_machine_is_told_boots_speaks_on_its_console_and_ends_when_its_guest_resets_it()
    {
        var vm = Needed(TinyKernel.Elf("told by the API\n", TinyKernelEnd.Reset));
        using var vmm = new FirecrackerVmm(vm, TimeProvider.System);
        using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
        await using var ending = new Ending(machine);
        await using var control = await Begin(vmm, machine);
        Assert.Equal(0, await machine.Ended.WaitAsync(s_patience));
        Assert.Contains("told by the API", await machine.Obituary("it ended"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-133")]
    public async Task A_running_machine_says_what_its_guest_has_stands_still_and_goes_on()
    {
        var vm = Needed(TinyKernel.Elf(".", TinyKernelEnd.Never));
        using var vmm = new FirecrackerVmm(vm, TimeProvider.System);
        using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
        await using var ending = new Ending(machine);
        await using var control = await Begin(vmm, machine);
        await Speaks(machine, '.');
        Assert.Equal(vm.MemoryMebibytes, await control.Resize(0, s_patience, CancellationToken.None));
        await control.Stop(CancellationToken.None);
        await control.Continue(CancellationToken.None);
        await machine.Kill();
    }

    [Fact]
    [Trait("Promise", "P-133")]
    public async Task What_it_refuses_it_says_in_its_own_words()
    {
        var vm = Needed("no kernel"u8.ToArray());
        using var vmm = new FirecrackerVmm(vm, TimeProvider.System);
        using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
        await using var ending = new Ending(machine);
        var error = await Assert.ThrowsAsync<IOException>(() => vmm.Begin(CancellationToken.None));
        Assert.StartsWith("Firecracker refused PUT /actions (400): ", error.Message, StringComparison.Ordinal);
        Assert.Contains("kernel", error.Message, StringComparison.OrdinalIgnoreCase);
        await machine.Kill();
    }

    [Fact]
    [Trait("Promise", "P-133")]
    public async Task A_copy_goes_on_where_its_template_stopped_from_files_that_nobody_can_change()
    {
        var vm = Needed(TinyKernel.Elf("abc", TinyKernelEnd.Never));
        var template = new VmTemplate(Path.Combine(_directory, "memory"), Path.Combine(_directory, "state"));
        using (var vmm = new FirecrackerVmm(vm, TimeProvider.System))
        {
            using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
            await using var ending = new Ending(machine);
            await using var control = await Begin(vmm, machine);
            await Speaks(machine, 'c');
            await control.Save(template, string.Empty, CancellationToken.None);
            await machine.Kill();
        }

        using var state = MemoryFile.Create("state", await File.ReadAllBytesAsync(template.State));
        using var memory = MemoryFile.Create("memory", await File.ReadAllBytesAsync(template.Memory));
        using var copying = new FirecrackerVmm(vm with { Copies = "/m/template" }, TimeProvider.System);
        using var copy = Process.Start(new ProcessStartInfo(vm.Program, copying.Arguments) { RedirectStandardOutput = true });
        try
        {
            await using var control = await copying.Begin(CancellationToken.None);

            // The paths are those of descriptors that a holder hands down; a process of this test has them by its own.
            var api = new Skerry.Vmm.Machines.Api.VmmApi("Firecracker", Path.Combine(_directory, "control"), TimeProvider.System);
            var load = new SnapshotLoad($"/proc/{Environment.ProcessId}/fd/{state.Number}", $"/proc/{Environment.ProcessId}/fd/{memory.Number}", ResumeVm: true);
            await api.Send("PUT", "/snapshot/load", load, FirecrackerJson.Default.SnapshotLoad, CancellationToken.None);
            var said = new byte[3];
            await copy!.StandardOutput.BaseStream.ReadExactlyAsync(said).AsTask().WaitAsync(s_patience);
            Assert.Equal("ccc"u8.ToArray(), said);
        }
        finally
        {
            copy!.Kill();
            await copy.WaitForExitAsync();
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<IMachine> Begin(FirecrackerVmm vmm, RunningMachine machine)
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

    private static async Task Speaks(RunningMachine machine, char last)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!machine.Console.Last().EndsWith(last))
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private VmDocument Needed(byte[] kernel)
    {
        var program = new[] { Environment.GetEnvironmentVariable(Variable), "/usr/bin/firecracker", "/usr/local/bin/firecracker" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, $"needs Firecracker, which Debian has no package of: install it, or {Variable}=FILE");
        Assert.SkipUnless(File.Exists("/dev/kvm"), "needs /dev/kvm");
        foreach (var (name, content) in new[] { ("kernel", kernel), ("initrd", new byte[512]), ("disk", new byte[1 << 20]) })
        {
            File.WriteAllBytes(Path.Combine(_directory, name), content);
        }

        return FirecrackerVmmTests.Whole(_directory) with
        {
            Program = program!,
            Kernel = Path.Combine(_directory, "kernel"),
            Initrd = Path.Combine(_directory, "initrd"),
            KernelParameters = "console=ttyS0",
            Processors = 1,
            Card = null,
            Disks = [new VmDisk(Path.Combine(_directory, "disk"), "l0"), new VmDisk(Path.Combine(_directory, "disk"), "w0") { IsWritable = true }],
        };
    }
}
