using Skerry.Guest.Tests.Machines;

namespace Skerry.Guest.Tests;

/// <summary>One machine for the tests of a class; started by the first that needs it.</summary>
public sealed class SharedMachine : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private GuestMachine? _machine;

    public async Task<GuestMachine> Machine()
    {
        GuestFiles.SkipUnlessAMachineCanBoot();
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _machine ??= await GuestMachine.StartAsync();
            return _machine.Client.Broken is { } broken ? throw new InvalidOperationException($"the machine is gone: {broken.Message}\n{_machine.Console}") : _machine;
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
        {
            await _machine.DisposeAsync();
        }

        _starting.Dispose();
    }
}
