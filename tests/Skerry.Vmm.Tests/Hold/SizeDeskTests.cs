using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Hold;
using Skerry.Vmm.Machines;
using Skerry.Vmm.Tests.Machines;

namespace Skerry.Vmm.Tests.Hold;

/// <summary>What may be asked of the size of a machine, and by whom it is not heard. At the control socket is a balloon that does what it is told.</summary>
public sealed class SizeDeskTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-size-").FullName;
    private readonly CancellationTokenSource _over = new();
    private readonly Balloon _balloon = new(256);
    private MachineControl _control = null!;
    private Socket _callers = null!;
    private Task _qemu = Task.CompletedTask;
    private Task _serving = Task.CompletedTask;

    private string Place => Path.Combine(_directory, "size");

    public async ValueTask InitializeAsync()
    {
        var place = Path.Combine(_directory, "control");
        using var waiting = Rendezvous.Listen(place);
        _qemu = _balloon.Run(await Rendezvous.Call(place, CancellationToken.None));
        _control = await MachineControl.Take(waiting, TimeProvider.System, CancellationToken.None);
        _callers = Rendezvous.Listen(Place);
        var vm = QemuCommandTests.Machine() with { MemoryMebibytes = 256, GuestMebibytes = 256 };
        _serving = new SizeDesk(vm, _control, TimeProvider.System).Serve(_callers, _over.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _serving;
        _callers.Dispose();
        await _control.DisposeAsync();
        await _qemu;
        _over.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_guest_gets_what_is_asked_for_and_the_answer_says_so()
    {
        Assert.Equal((256, string.Empty), Said(await Ask("""{"memory_mebibytes":0}""")));
        Assert.Equal((200, string.Empty), Said(await Ask("""{"memory_mebibytes":200}""")));
        Assert.Equal((200, string.Empty), Said(await Ask("""{"memory_mebibytes":0}""")));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(257)]
    [InlineData(int.MaxValue)]
    public async Task More_than_the_machine_has_is_not_given(int mebibytes)
    {
        Assert.Equal((0, "the machine has 256 MiB"), Said(await Ask($$"""{"memory_mebibytes":{{mebibytes}}}""")));
        Assert.Equal(256, _balloon.Mebibytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"memory_mebibytes":"1"}""")]
    [InlineData("""{"memory_mebibytes":1,"execute":"quit"}""")]
    public async Task What_cannot_be_understood_gets_no_answer_and_the_next_caller_does(string text)
    {
        Assert.Null(await Ask(text));
        Assert.Equal((256, string.Empty), Said(await Ask("""{"memory_mebibytes":0}""")));
    }

    [Fact]
    public async Task A_line_that_does_not_end_is_not_read_for_ever()
    {
        Assert.Null(await Ask(new string(' ', 2 * VmSize.MostBytes)));
        Assert.Equal((256, string.Empty), Said(await Ask("""{"memory_mebibytes":0}""")));
    }

    private static (int Mebibytes, string Problem) Said(string? answer)
    {
        var size = JsonSerializer.Deserialize(answer!, VmJson.Default.VmSize)!;
        return (size.MemoryMebibytes, size.Problem);
    }

    /// <returns>The answer; null: the connection was closed without one.</returns>
    private async Task<string?> Ask(string text)
    {
        await using var connection = await Rendezvous.Call(Place, CancellationToken.None);
        try
        {
            await connection.WriteAsync(Encoding.UTF8.GetBytes(text + "\n"));
            using var reader = new StreamReader(connection);
            return await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (IOException)
        {
            return null; // It was closed before all was written.
        }
    }
}
