using System.Formats.Tar;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Copy;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Files;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry cp</c>: files into and out of a container, to the rules of <c>docker cp</c>.</summary>
internal static class CopyCommand
{
    internal static Command Table() => new("cp", "copy files into and out of a container")
    {
        Operands = "CONTAINER:PATH PATH|-   or   PATH|- CONTAINER:PATH",
        MinOperands = 2,
        MaxOperands = 2,
        Completes = [Completes.Container, Completes.File],
        Options =
        [
            Option.Flag("archive", "keep owners (by number)", 'a'),
            Option.Flag("follow-link", "copy what a symbolic link PATH points to", 'L'),
            Option.Flag("quiet", "print nothing", 'q'),
        ],
        Notes = """
            A directory is copied into a directory that exists, and as one that does not; DIR/. means its content. With - a tar
            stream comes from standard input or goes to standard output. What comes out of a container is unpacked without
            following its links, and devices and setuid bits are left out.
            """,
        Examples =
        [
            ("skerry cp web:/etc/nginx/nginx.conf .", "a file out"),
            ("skerry cp site/. web:/srv", "the content of a directory in"),
            ("skerry cp web:/var/log - | tar t", "as a tar stream"),
        ],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var (from, to) = (CopyPlace.Parse(invocation.Operands[0]), CopyPlace.Parse(invocation.Operands[1]));
        return (from.Container, to.Container) switch
        {
            (not null, null) => Out(invocation, from, to),
            (null, not null) => In(invocation, from, to),
            (null, null) => throw CliFailure.Usage("neither side of `skerry cp` names a container", "write CONTAINER:PATH on one side"),
            _ => throw CliFailure.Usage("`skerry cp` does not copy between containers", "copy out and in again: skerry cp A:PATH - | skerry cp - B:PATH"),
        };
    }

    private static int Out(Invocation invocation, CopyPlace from, CopyPlace to)
    {
        using var call = invocation.Node.Open(
            NodeMethods.CopyOut, new CopyOutRequest { Container = from.Container!, Path = from.Path });
        if (to.IsStream)
        {
            if (invocation.Out.IsTerminal)
            {
                throw CliFailure.Usage("a tar stream is not for a terminal", "redirect the output, or name a path");
            }

            while (call.Receive() is { } word)
            {
                invocation.Out.Bytes(word.Tar.Span);
            }

            return ExitCodes.Ok;
        }

        // 1. Where it goes: into a directory that exists, else under the name that was written.
        var (directory, name) = Directory.Exists(to.Path)
            ? (to.Path, from.Base)
            : (Path.GetDirectoryName(Path.GetFullPath(to.Path).TrimEnd('/')) ?? "/", Path.GetFileName(Path.GetFullPath(to.Path).TrimEnd('/')));
        if (!Directory.Exists(directory))
        {
            throw new CliFailure($"{directory}: no such directory", $"mkdir -p {directory}");
        }

        // 2. The stream, unpacked by handle and not by path.
        using var root = FileCalls.Open(null, directory, OpenFlags.Directory);
        var unpacking = new TarUnpacking(root, from.Base, name, invocation.Flag("archive"));
        using var stream = new ReceiveStream(call);
        int count;
        try
        {
            using var tar = new TarReader(stream, leaveOpen: true);
            count = unpacking.Unpack(tar);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw new CliFailure($"the node sent no valid tar stream: {e.Message}", cause: e);
        }

        // 3. The rest of the stream, for the node's verdict.
        stream.CopyTo(Stream.Null);
        foreach (var left in unpacking.LeftOut)
        {
            invocation.Context.Error.Line($"skerry: left out {Humanise.Safe(left)}");
        }

        return count == 0 ? throw new CliFailure($"{from.Path} held nothing that could be copied") : Say(invocation, count, to.Path);
    }

    private static int In(Invocation invocation, CopyPlace from, CopyPlace to)
    {
        // 1. What is at the target: it decides the name, as for docker.
        var source = from.Path;
        var exists = false;
        if (!from.IsStream)
        {
            source = invocation.Flag("follow-link") ? Resolved(source) : source;
            exists = Exists(source);
        }

        if (!from.IsStream && !exists)
        {
            throw new CliFailure($"{source}: no such file or directory");
        }

        var (directory, name) = from.IsStream ? (to.Path, "") : Target(invocation, from, to, Directory.Exists(source));

        // 2. The stream.
        using var call = invocation.Node.Open(NodeMethods.CopyIn);
        var open = call.Send(new CopyInRequest { Start = new CopyInStart { Container = to.Container!, Path = directory } });
        using var stream = new SendStream(call);
        if (open && from.IsStream)
        {
            var buffer = new byte[128 << 10];
            while (!stream.IsRefused && StandardStream.Read(StandardStream.In, buffer) is var count and > 0)
            {
                stream.Write(buffer.AsSpan(0, count));
            }
        }
        else if (open)
        {
            TarPacking.Pack(stream, source.Length > 1 ? source.TrimEnd('/') : source, name, invocation.Flag("archive"), () => stream.IsRefused);
        }

        stream.Flush();
        call.CompleteSending();

        // 3. The node's verdict.
        var answer = call.Receive() ?? throw new NodeFailure(NodeFailure.Internal, "the node ended the copy without an answer");
        return Say(invocation, answer.Entries, $"{to.Container}:{to.Path}");
    }

    /// <summary>The directory in the container that the stream is unpacked in, and the name that it uses there.</summary>
    private static (string Directory, string Name) Target(Invocation invocation, CopyPlace from, CopyPlace to, bool isDirectory)
    {
        var kind = Probe(invocation, to.Container!, to.Path.TrimEnd('/'));
        if (kind == TarEntryType.SymbolicLink && Probe(invocation, to.Container!, to.Path.TrimEnd('/') + "/.") == TarEntryType.Directory)
        {
            kind = TarEntryType.Directory;
        }

        if (kind == TarEntryType.Directory)
        {
            return (to.Path, isDirectory && from.IsContent ? "." : from.Base == "." ? Path.GetFileName(Path.GetFullPath(from.Path)) : from.Base);
        }

        if (kind is not null && isDirectory)
        {
            throw new CliFailure($"{to.Container}:{to.Path} is no directory, and {from.Path} is one", "copy to another place");
        }

        if (to.SaysDirectory && !isDirectory)
        {
            throw new CliFailure($"{to.Container}:{to.Path}: no such directory", $"skerry exec {to.Container} mkdir -p {to.Path}");
        }

        var path = to.Path.TrimEnd('/');
        var slash = path.LastIndexOf('/');
        return (slash <= 0 ? "/" : path[..slash], path[(slash + 1)..]);
    }

    /// <summary>What is at a path in the container: the first entry of what would be copied out, or null.</summary>
    private static TarEntryType? Probe(Invocation invocation, string container, string path)
    {
        const int notFound = 5; // grpc/doc/statuscodes.md
        if (path.Trim('/', '.').Length == 0)
        {
            return TarEntryType.Directory;
        }

        using var call = invocation.Node.Open(NodeMethods.CopyOut, new CopyOutRequest { Container = container, Path = path });
        try
        {
            using var stream = new ReceiveStream(call);
            using var tar = new TarReader(stream, leaveOpen: true);
            var entry = tar.GetNextEntry();
            return entry?.EntryType;
        }
        catch (NodeFailure e) when (e.Status == notFound)
        {
            return null; // no such path, or no such container: copying in will tell
        }
    }

    private static bool Exists(string path) => FileCalls.Status(null, path) is not null;

    private static string Resolved(string path) =>
        new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    private static int Say(Invocation invocation, long count, string where)
    {
        if (!invocation.Flag("quiet") && invocation.Context.Error.IsTerminal)
        {
            invocation.Context.Error.Line(Humanise.Safe($"copied {count} {(count == 1 ? "entry" : "entries")} to {where}"));
        }

        return ExitCodes.Ok;
    }
}
