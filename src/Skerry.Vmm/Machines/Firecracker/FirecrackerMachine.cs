using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Vmm.Machines.Api;

namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>A running Firecracker by its API.</summary>
internal sealed class FirecrackerMachine(VmmApi api, int memory, TimeProvider clock) : IMachine
{
    private static readonly TimeSpan s_snapshotPatience = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public Task Load(CancellationToken cancel) => api.Send(
        "PUT", "/snapshot/load", new SnapshotLoad(HandedTemplate.StatePath, HandedTemplate.MemoryPath, ResumeVm: true), FirecrackerJson.Default.SnapshotLoad, cancel, patience: s_snapshotPatience);

    /// <inheritdoc/>
    public async Task Save(VmTemplate template, string meeting, CancellationToken cancel)
    {
        await Stop(cancel).ConfigureAwait(false);
        await api.Send("PUT", "/snapshot/create", new SnapshotCreate(template.State, template.Memory), FirecrackerJson.Default.SnapshotCreate, cancel, patience: s_snapshotPatience).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task Stop(CancellationToken cancel) => api.Send("PATCH", "/vm", new VmUpdate(VmState.Paused), FirecrackerJson.Default.VmUpdate, cancel);

    /// <inheritdoc/>
    public Task Continue(CancellationToken cancel) => api.Send("PATCH", "/vm", new VmUpdate(VmState.Resumed), FirecrackerJson.Default.VmUpdate, cancel);

    /// <inheritdoc/>
    public Task Put(VmTake take, IReadOnlyList<FileDescriptor> files, CancellationToken cancel) =>
        throw new IOException("Firecracker opens disks by their paths: a machine of it cannot wait for a pod");

    /// <inheritdoc/>
    public Task<int> Resize(int mebibytes, TimeSpan patience, CancellationToken cancel) => BalloonWait.Until(
        mebibytes,
        () => api.Send("PATCH", "/balloon", new BalloonUpdate(memory - mebibytes), FirecrackerJson.Default.BalloonUpdate, cancel),
        async () => memory - (await api.Get("/balloon/statistics", FirecrackerJson.Default.BalloonStatistics, cancel).ConfigureAwait(false)).ActualMib,
        patience,
        clock,
        cancel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
