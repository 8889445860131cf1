using System.Net.Sockets;
using System.Text.Json;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Machines;

namespace Skerry.Vmm.Hold;

/// <summary>
/// Makes a template: boots a machine until its guest answers, stops it, and writes its state; its memory is in the template's file already. The
/// guest is not configured, so what copies have in common is nothing that tells them apart.
/// </summary>
internal static class TemplateProgram
{
    private const int Failed = 1;

    /// <summary>Makes the template of a document.</summary>
    /// <returns>The exit code: 0 where it is whole.</returns>
    internal static async Task<int> Run(VmDocument vm)
    {
        using var patience = new CancellationTokenSource(vm.BootPatience);
        using var vmm = VmmKind.Of(vm, TimeProvider.System);
        using var machine = RunningMachine.Start(vm, vmm.Arguments, template: null);
        try
        {
            await using var commands = await vmm.Begin(patience.Token).ConfigureAwait(false);
            await using var client = new TtrpcClient(await vmm.Guest(patience.Token).ConfigureAwait(false));
            await new GuestCalls(client, [], TimeProvider.System).Hello(patience.Token).ConfigureAwait(false);
            if (vm.GuestMebibytes < vm.MemoryMebibytes)
            {
                await commands.Resize(vm.GuestMebibytes, SizeDesk.Patience, patience.Token).ConfigureAwait(false);
            }

            await commands.Save(vm.Makes!, Path.Combine(vm.Temporary, "state"), patience.Token).ConfigureAwait(false);
            return 0;
        }
        catch (Exception error) when (error is IOException or SocketException or TtrpcStatusException or OperationCanceledException or JsonException)
        {
            await Console.Error.WriteLineAsync("skerry-vmm: " + await machine.Obituary($"no template: {error.Message}").ConfigureAwait(false)).ConfigureAwait(false);
            return Failed;
        }
        finally
        {
            await machine.Kill().ConfigureAwait(false);
        }
    }
}
