using Skerry.Vmm.Machines;

namespace Skerry.Vmm.Tests.Machines;

/// <summary>Ends a VMM with its test, however that ends.</summary>
internal sealed class Ending(RunningMachine machine) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await machine.Kill();
}
