using System.Formats.Tar;
using Google.Protobuf;
using Grpc.Core;
using Skerry.Cli.Tests.Peer;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Tests.Copy;

/// <summary>`skerry cp` as a process, against a peer that behaves as the node promises, or worse.</summary>
public sealed class CopyTests : IDisposable
{
    private readonly string _here = Directory.CreateTempSubdirectory("skerry-cp-").FullName;

    [Fact]
    public async Task A_file_comes_out_into_a_directory_and_under_a_new_name()
    {
        var tar = TarUnpackingTests.Tar([TarEntryType.RegularFile], ["hosts"], [""]);
        await using var node = await ScriptedNode.Start(new Script { CopyOut = Sends(tar) });
        Assert.Equal(0, (await CliProcess.Run(node.Socket, ["cp", "web:/etc/hosts", _here])).Code);
        Assert.Equal("content of hosts", File.ReadAllText(Path.Combine(_here, "hosts")));
        Assert.Equal(0, (await CliProcess.Run(node.Socket, ["cp", "web:/etc/hosts", Path.Combine(_here, "other")])).Code);
        Assert.Equal("content of hosts", File.ReadAllText(Path.Combine(_here, "other")));
        var said = await CliProcess.Run(node.Socket, ["cp", "web:/etc/hosts", "-"]);
        Assert.Equal((0, tar.Length), (said.Code, said.Bytes.Length));
    }

    [Fact]
    public async Task A_hostile_stream_is_refused_and_writes_nothing_outside()
    {
        var tar = TarUnpackingTests.Tar(
            [TarEntryType.Directory, TarEntryType.SymbolicLink, TarEntryType.RegularFile], ["log/", "log/x", "log/x/owned"], ["", _here, ""]);
        await using var node = await ScriptedNode.Start(new Script { CopyOut = Sends(tar) });
        var target = Directory.CreateDirectory(Path.Combine(_here, "target")).FullName;
        var said = await CliProcess.Run(node.Socket, ["cp", "web:/var/log", target]);
        Assert.Equal(1, said.Code);
        Assert.Contains("the way there leads through a symbolic link", said.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_here, "owned")));
    }

    [Fact]
    public async Task Bytes_that_are_no_tar_stream_are_refused()
    {
        await using var node = await ScriptedNode.Start(new Script { CopyOut = Sends(Enumerable.Repeat((byte)'x', 2048).ToArray()) });
        var said = await CliProcess.Run(node.Socket, ["cp", "web:/x", _here]);
        Assert.Equal(1, said.Code);
        Assert.StartsWith("skerry: the node sent no valid tar stream", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tree", "/srv", true, "/srv", "tree/ tree/a tree/sub/ tree/sub/b")]
    [InlineData("tree/.", "/srv", true, "/srv", "./ ./a ./sub/ ./sub/b")]
    [InlineData("tree", "/srv/new", false, "/srv", "new/ new/a new/sub/ new/sub/b")]
    [InlineData("tree/a", "/srv/b", false, "/srv", "b")]
    [InlineData("tree/a", "/srv", true, "/srv", "a")]
    public async Task What_goes_in_is_named_as_docker_names_it(string source, string target, bool targetIsDirectory, string directory, string names)
    {
        Directory.CreateDirectory(Path.Combine(_here, "tree/sub"));
        await File.WriteAllTextAsync(Path.Combine(_here, "tree/a"), "A");
        await File.WriteAllTextAsync(Path.Combine(_here, "tree/sub/b"), "B");
        var received = new MemoryStream();
        var place = "";
        await using var node = await ScriptedNode.Start(new Script
        {
            CopyOut = targetIsDirectory
                ? Sends(TarUnpackingTests.Tar([TarEntryType.Directory], ["srv/"], [""]))
                : (_, _) => throw Script.Failure(StatusCode.NotFound, "no such path"),
            CopyIn = async requests =>
            {
                while (await requests.MoveNext(default))
                {
                    place = requests.Current.Start?.Path ?? place;
                    received.Write(requests.Current.Tar.Span);
                }

                return new CopyInResponse { Entries = 1 };
            },
        });
        var said = await CliProcess.Run(node.Socket, ["cp", Path.Combine(_here, source), $"web:{target}"]);
        Assert.True(said.Code == 0, said.Error);
        received.Position = 0;
        var found = new List<string>();
        using var tar = new TarReader(received);
        while (await tar.GetNextEntryAsync() is { } entry)
        {
            found.Add(entry.Name);
        }

        Assert.Equal((directory, names), (place, string.Join(' ', found)));
    }

    [Fact]
    public async Task A_refusal_in_the_middle_of_a_large_copy_is_told()
    {
        await File.WriteAllBytesAsync(Path.Combine(_here, "large"), new byte[8 << 20]);
        await using var node = await ScriptedNode.Start(new Script
        {
            CopyOut = Sends(TarUnpackingTests.Tar([TarEntryType.Directory], ["srv/"], [""])),
            CopyIn = async requests =>
            {
                await requests.MoveNext(default);
                throw Script.Failure(StatusCode.ResourceExhausted, "the disk is full", "skerry image prune");
            },
        });
        var said = await CliProcess.Run(node.Socket, ["cp", Path.Combine(_here, "large"), "web:/srv"]);
        Assert.Equal((1, "skerry: the disk is full\n  next: skerry image prune\n"), (said.Code, said.Error));
    }

    public void Dispose() => Directory.Delete(_here, recursive: true);

    private static Func<CopyOutRequest, IServerStreamWriter<CopyOutResponse>, Task> Sends(byte[] tar) => async (_, answers) =>
    {
        foreach (var chunk in tar.Chunk(1000))
        {
            await answers.WriteAsync(new CopyOutResponse { Tar = ByteString.CopyFrom(chunk) });
        }
    };
}
