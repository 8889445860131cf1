using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Vmm.Machines.Api;

namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>A running Cloud Hypervisor by its API.</summary>
internal sealed class CloudHypervisorMachine(VmmApi api, int memory, TimeProvider clock) : IMachine
{
    private const string Api = "/api/v1/";

    /// <inheritdoc/>
    public Task Load(CancellationToken cancel) => throw NoTemplates();

    /// <inheritdoc/>
    public Task Save(VmTemplate template, string meeting, CancellationToken cancel) => throw NoTemplates();

    /// <inheritdoc/>
    public Task Stop(CancellationToken cancel) => api.Do(Api + "vm.pause", cancel);

    /// <inheritdoc/>
    public Task Continue(CancellationToken cancel) => api.Do(Api + "vm.resume", cancel);

    /// <inheritdoc/>
    public Task Put(VmTake take, IReadOnlyList<FileDescriptor> files, CancellationToken cancel) => throw NoTemplates();

    /// <inheritdoc/>
    public Task<int> Resize(int mebibytes, TimeSpan patience, CancellationToken cancel) => BalloonWait.Until(
        mebibytes,
        () => api.Send("PUT", Api + "vm.resize", new VmResize((long)(memory - mebibytes) << 20), CloudHypervisorJson.Default.VmResize, cancel),
        async () => (int)Math.Clamp((await api.Get(Api + "vm.info", CloudHypervisorJson.Default.VmStatus, cancel).ConfigureAwait(false)).MemoryActualSize >> 20, 0, int.MaxValue),
        patience,
        clock,
        cancel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static IOException NoTemplates() => new("templates are made of machines of QEMU and Firecracker");
}
