using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Hold;
using Skerry.Vmm.Tests.Machines;

namespace Skerry.Vmm.Tests.Hold;

/// <summary>How long a VMM may take to begin, and what callers are told of one that does not.</summary>
public sealed class HoldProgramTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-hold-").FullName;

    [Fact]
    [Trait("Promise", "P-181")]
    public async Task A_VMM_that_never_answers_is_given_the_time_of_a_boot_and_callers_are_told_how_long_that_was()
    {
        // A program that runs, and opens no control. A child writes it: a file that this process had open for writing could not be executed while another test's child has it (ETXTBSY).
        var program = Path.Combine(_directory, "vmm");
        using (var written = Process.Start("/bin/sh", ["-c", "printf '#!/bin/sh\\nexec sleep 100\\n' > \"$0\" && chmod 500 \"$0\"", program]))
        {
            await written.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var vm = QemuCommandTests.Machine() with
        {
            Program = program,
            Rendezvous = Path.Combine(_directory, "socket"),
            Sizing = Path.Combine(_directory, "size"),
            Temporary = _directory,
            BootPatience = 1000,
        };
        var document = Path.Combine(_directory, "vm.json");
        await File.WriteAllBytesAsync(document, JsonSerializer.SerializeToUtf8Bytes(vm, VmJson.Default.VmDocument), TestContext.Current.CancellationToken);

        var holding = Task.Run(() => HoldProgram.Run(document), TestContext.Current.CancellationToken);
        await using var client = new TtrpcClient(await Reach(vm.Rendezvous, holding));
        var told = await Assert.ThrowsAnyAsync<Exception>(() => client.CallAsync("skerry.guest.v1.Guest", "Hello", new HelloRequest(), HelloResponse.Parser, TestContext.Current.CancellationToken));
        Assert.Contains("the microVM ended: its VMM did not answer within 0.5 s", told.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, await holding);
    }

    private static async Task<Stream> Reach(string place, Task holding)
    {
        while (true)
        {
            try
            {
                return await Rendezvous.Call(place, TestContext.Current.CancellationToken);
            }
            catch (SocketException) when (!holding.IsCompleted)
            {
                await Task.Yield();
            }
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
