using System.Buffers.Binary;
using System.Net.Sockets;
using Skerry.Linux.Tpm;

namespace Skerry.Linux.Tests.Tpm;

/// <summary>What a TPM must not answer, said by a peer at a socket; that a real one is understood is shown with swtpm (Skerry.System.Tests).</summary>
[Trait("Promise", "P-178")]
public sealed class TpmDeviceTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("skerry-tpm-");

    [Theory]
    [InlineData("", "ended its answer after 0 of 10 bytes")]
    [InlineData("8001", "ended its answer after 2 of 10 bytes")]
    [InlineData("8001 0000000c 00000000", "ended its answer after 10 of 12 bytes")]
    [InlineData("8001 00000009 00000000", "its answer has 9 bytes; 10 to 4096 are possible")]
    [InlineData("8001 ffffffff 00000000", "its answer has 4294967295 bytes")]
    [InlineData("8001 00001001 00000000", "its answer has 4097 bytes")]
    [InlineData("00c4 0000000a 0000001e", "it is a TPM 1.2, not 2.0")]
    [InlineData("4854 54502f31 2e312034", "the tag 0x4854, which is no answer of a TPM 2.0")]
    [InlineData("8001 0000000a 0000018b", "TPM_RC_HANDLE: there is no such handle; handle 1 (response code 0x18b)")]
    [InlineData("8001 0000000a 00000921", "TPM_RC_LOCKOUT: locked")]
    [InlineData("8001 0000000a 00000100", "TPM_RC_INITIALIZE: the TPM was not started")]
    [InlineData("8001 0000000a 00000501", "an error of the TPM's maker (response code 0x501)")]
    [InlineData("8001 0000000a 000b0143", "refused by layer 11 of the software before the TPM")]
    [InlineData("8001 0000000a 00000000", "answer ends at byte 10; 2 more were to come at byte 10")]
    [InlineData("8001 0000000c 00000000 0100", "answer ends at byte 12; 256 more were to come")]
    [InlineData("8001 00000010 00000000 0004 00250000", "answer ends at byte 4; 4 more were to come at byte 4")]
    [InlineData("8001 0000001a 00000000 000e 0025 000b 00000000 0000 0010 0010", "with an object of type 0x0025")]
    [InlineData("8001 0000001e 00000000 0012 0023 000b 00000000 0000 0010 0010 0099 0010", "with a key on the curve 0x0099")]
    [InlineData("8001 00000022 00000000 0016 0023 000b 00000000 0000 0010 0010 0003 0010 0000 0000", "a public key that is empty")]
    public async Task An_answer_that_is_none_is_told_by_what_is_wrong(string answer, string why)
    {
        using var peer = Serve(answer);
        using var device = TpmDevice.Open(peer.Path, TimeSpan.FromSeconds(30));
        Assert.Contains(why, Assert.Throws<TpmException>(() => TpmKeys.ReadPublic(device, 0x81000001)).Message, StringComparison.Ordinal);
        await peer.Done;
    }

    [Theory]
    [InlineData("8001 0000000a 00000000", "without the session that the command had")]
    [InlineData("8002 00000010 00000000 00000002 0014", "with a signature of algorithm 0x0014, where Ecdsa was asked for")]
    [InlineData("8002 00000012 00000000 00000004 0018 0004", "over the hash 0x0004, where 0x000b was asked for")]
    [InlineData("8002 00000016 00000000 00000008 0018 000b 0000 0000", "with a signature of 0 and 0 bytes")]
    [InlineData("8002 00000016 00000000 00000008 0018 000b ffff 0000", "65535 more were to come at byte 20")]
    [InlineData("8001 0000000a 000009a2", "TPM_RC_BAD_AUTH: the authorization value is wrong; session 1 (response code 0x9a2)")]
    public async Task A_signature_that_is_none_is_told_by_what_is_wrong(string answer, string why)
    {
        using var peer = Serve(answer);
        using var device = TpmDevice.Open(peer.Path, TimeSpan.FromSeconds(30));
        Assert.Contains(why, Assert.Throws<TpmException>(() => TpmKeys.Sign(device, 0x81000001, [1, 2], TpmScheme.Ecdsa, new byte[32])).Message, StringComparison.Ordinal);
        await peer.Done;
    }

    [Fact]
    public void A_tpm_that_says_nothing_is_given_up()
    {
        using var peer = Serve(null);
        using var device = TpmDevice.Open(peer.Path, TimeSpan.FromMilliseconds(200));
        Assert.Contains("gave no answer within 0.2 s", Assert.Throws<TpmException>(() => TpmKeys.ReadPublic(device, 0x81000001)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_tpm_is_not_opened()
    {
        var file = Path.Combine(_home.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Contains("neither a character device nor a socket", Assert.Throws<TpmException>(() => TpmDevice.Open(file)).Message, StringComparison.Ordinal);
        Assert.Contains("ENOENT", Assert.Throws<TpmException>(() => TpmDevice.Open(file + "2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tpm_that_is_busy_is_asked_again_with_the_same_command()
    {
        using var peer = Serve("8001 0000000a 00000922", "8001 0000000a 00000908", "8001 0000000a 0000018b");
        using var device = TpmDevice.Open(peer.Path, TimeSpan.FromSeconds(30));
        Assert.True(Assert.Throws<TpmException>(() => TpmKeys.ReadPublic(device, 0x81000001)).IsNoSuchHandle);
        await peer.Done;
        Assert.Equal(3, peer.Heard.Count);
        Assert.All(peer.Heard, static h => Assert.Equal("80010000000e0000017381000001", h));
    }

    public void Dispose() => _home.Delete(recursive: true);

    private Peer Serve(params string?[]? answers) => new(Path.Combine(_home.FullName, "tpm"), answers);

    /// <summary>Answers each command with what it was told, then hangs up; with nothing it never answers.</summary>
    private sealed class Peer : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        internal Peer(string path, string?[]? answers)
        {
            Path = path;
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen();
            Done = answers is null ? Task.CompletedTask : Task.Run(() => Answer(answers));
        }

        internal string Path { get; }

        internal Task Done { get; }

        internal List<string> Heard { get; } = [];

        public void Dispose() => _listener.Dispose();

        private void Answer(string?[] answers)
        {
            using var caller = _listener.Accept();
            foreach (var answer in answers)
            {
                var command = new byte[4096];
                var length = caller.Receive(command);
                Assert.Equal((uint)length, BinaryPrimitives.ReadUInt32BigEndian(command.AsSpan(2)));
                Heard.Add(Convert.ToHexStringLower(command.AsSpan(0, length)));
                foreach (var piece in answer!.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    caller.Send(Convert.FromHexString(piece));
                }
            }
        }
    }
}
