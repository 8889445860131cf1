using System.Text;
using Skerry.Linux;
using Skerry.Vmm.Hold;
using Skerry.Vmm.Machines.Api;
using Skerry.Vmm.Machines.Firecracker;
using Skerry.Vmm.Tests.Published;

namespace Skerry.Vmm.Tests.Machines.Api;

/// <summary>What a client makes of answers, most of which are none.</summary>
public sealed class VmmApiTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-api-").FullName;

    private string Place => Path.Combine(_directory, "api");

    [Fact]
    [Trait("Promise", "P-131")]
    public async Task A_refusal_carries_the_words_of_the_VMM()
    {
        var error = await Refusal(Listener.Answer(400, """{"fault_message":"The kernel file cannot be opened: No such file or directory (os error 2)"}"""));
        Assert.Equal("Firecracker refused PUT /vm (400): The kernel file cannot be opened: No such file or directory (os error 2)", error);
    }

    [Theory]
    [InlineData("""["Error from API","The VM could not boot","VM is not created"]""", "Error from API: The VM could not boot: VM is not created")]
    [InlineData("\"not now\"", "not now")]
    [InlineData("plain words", "plain words")]
    [InlineData("", "it does not say why")]
    [InlineData("""{"error":1}""", """{"error":1}""")]
    [InlineData("""{"fault_message":7}""", """{"fault_message":7}""")]
    [InlineData("a\u001b[2Jb\r\nc", "a [2Jb  c")]
    public async Task Every_form_of_a_refusal_becomes_one_line_that_a_terminal_only_shows(string body, string shown) =>
        Assert.Equal($"Firecracker refused PUT /vm (500): {shown}", await Refusal(Listener.Answer(500, body)));

    [Fact]
    public async Task A_long_refusal_is_cut()
    {
        var error = await Refusal(Listener.Answer(400, $$"""{"fault_message":"{{new string('x', 100_000)}}"}"""));
        Assert.InRange(error.Length, 600, 700);
        Assert.EndsWith("x…", error, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Promise", "P-131")]
    [InlineData("HTTP/1.1 204", "it closed its API socket before the end of its head")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "it closed its API socket after 5 of 10 bytes of its body")]
    [InlineData("", "it closed its API socket before the end of its head")]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", "its answer is no HTTP")]
    [InlineData("HTTP/2 204\r\n\r\n", "its answer is no HTTP")]
    [InlineData("HTTP/1.1 twenty\r\n\r\n", "its answer is no HTTP")]
    [InlineData("HTTP/1.1 204 \r\nno field\r\n\r\n", "its answer has a line that is no field")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "its answer has a length that is none (-1)")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "its answer has a length that is none (99999999999)")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "its answer has 99999999 bytes, and 262144 are read at most")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "its answer comes in a coding that is not read here (chunked)")]
    public async Task What_is_no_answer_is_an_error_that_says_what_it_was(string said, string problem) =>
        Assert.Equal($"Firecracker, PUT /vm: {problem}", await Refusal(Encoding.ASCII.GetBytes(said)));

    [Fact]
    public async Task A_head_without_end_is_not_read_for_ever() =>
        Assert.Equal("Firecracker, PUT /vm: its answer's head has more than 8192 bytes", await Refusal(Encoding.ASCII.GetBytes("HTTP/1.1 204 \r\n" + new string('x', 1 << 20))));

    [Fact]
    [Trait("Promise", "P-131")]
    public async Task A_VMM_that_does_not_answer_is_left_after_a_time()
    {
        await using var silent = new Listener(Place, static (_, _, _) => null);
        var api = new VmmApi("Firecracker", Place, TimeProvider.System);
        var error = await Assert.ThrowsAsync<IOException>(() => api.Send("PUT", "/vm", new VmUpdate(VmState.Paused), FirecrackerJson.Default.VmUpdate, CancellationToken.None, patience: TimeSpan.FromMilliseconds(50)));
        Assert.Equal("Firecracker gave no answer to PUT /vm within 0.1 s", error.Message);
    }

    [Fact]
    public async Task Who_gives_up_is_not_told_of_a_time()
    {
        await using var silent = new Listener(Place, static (_, _, _) => null);
        using var given = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new VmmApi("Firecracker", Place, TimeProvider.System).Do("/vm", given.Token));
    }

    [Fact]
    public async Task A_socket_that_is_gone_is_an_error()
    {
        var error = await Assert.ThrowsAsync<IOException>(() => new VmmApi("Firecracker", Place, TimeProvider.System).Do("/vm", CancellationToken.None));
        Assert.StartsWith("Firecracker, PUT /vm: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "it is null")]
    [InlineData("[]", "")]
    [InlineData("{}", "")]
    [InlineData("""{"target_mib":1,"actual_mib":"2"}""", "")]
    [InlineData("""{"target_mib":1,"actual_mib":99999999999}""", "")]
    [InlineData("{", "")]
    [InlineData("not json", "")]
    public async Task A_document_that_is_another_is_an_error(string body, string why)
    {
        await using var listener = new Listener(Place, (_, _, _) => Listener.Answer(200, body));
        var error = await Assert.ThrowsAsync<IOException>(() => new VmmApi("Firecracker", Place, TimeProvider.System).Get("/balloon/statistics", FirecrackerJson.Default.BalloonStatistics, CancellationToken.None));
        Assert.StartsWith("Firecracker answered GET /balloon/statistics with what is no BalloonStatistics: " + why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_are_found_however_they_are_written_and_what_nobody_knows_is_passed_over()
    {
        var body = """{"target_pages":0,"actual_pages":512,"target_mib":3,"actual_mib":2,"swap_in":0}""";
        await using var listener = new Listener(Place, (_, _, _) => Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nserver: x\r\nCONTENT-LENGTH:{body.Length}\r\n\r\n{body}"));
        var said = await new VmmApi("Firecracker", Place, TimeProvider.System).Get("/balloon/statistics", FirecrackerJson.Default.BalloonStatistics, CancellationToken.None);
        Assert.Equal(new BalloonStatistics(3, 2), said);
        Assert.Equal("GET /balloon/statistics HTTP/1.1\r\nHost: localhost\r\nAccept: application/json", Assert.Single(listener.Heads));
    }

    [Fact]
    public async Task Open_files_come_with_the_first_byte_of_a_request()
    {
        using var waiting = Rendezvous.Listen(Place);
        using var file = MemoryFile.Create("tap", "the file"u8);
        var sending = new VmmApi("Cloud Hypervisor", Place, TimeProvider.System).Send("PUT", "/x", new VmUpdate(VmState.Paused), FirecrackerJson.Default.VmUpdate, CancellationToken.None, [file]);
        await using var connection = await Rendezvous.Accept(waiting, CancellationToken.None);
        using var got = Assert.Single(DescriptorMail.Receive(connection.Socket.SafeHandle, 1));
        Assert.Equal("the file", await File.ReadAllTextAsync($"/proc/self/fd/{got.Number}"));
        var rest = new byte[4096];
        var count = await connection.ReadAtLeastAsync(rest, 60);
        Assert.StartsWith("UT /x HTTP/1.1\r\n", Encoding.ASCII.GetString(rest, 0, count), StringComparison.Ordinal);
        await connection.WriteAsync(Listener.Answer(204, string.Empty));
        await sending;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task<string> Refusal(byte[] said)
    {
        await using var listener = new Listener(Place, (_, _, _) => said);
        var api = new VmmApi("Firecracker", Place, TimeProvider.System);
        return (await Assert.ThrowsAsync<IOException>(() => api.Send("PUT", "/vm", new VmUpdate(VmState.Paused), FirecrackerJson.Default.VmUpdate, CancellationToken.None))).Message;
    }
}
