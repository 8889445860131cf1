using System.Text;
using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Cli.Tests.Peer;

/// <summary>What a finished command line said.</summary>
internal sealed record Said(int Code, byte[] Bytes, string Error)
{
    internal string Out => Encoding.UTF8.GetString(Bytes);
}

/// <summary>
/// The command line as a process of its own: the published binary where SKERRY_BIN names its directory, else the one that
/// was built with the tests.
/// </summary>
internal sealed class CliProcess : IDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ChildProcess _child;

    private CliProcess(ChildProcess child) => _child = child;

    internal FileStream? Input { get; private init; }

    internal FileStream? Output { get; private init; }

    internal FileStream? Error { get; private init; }

    internal static string Program { get; } = Environment.GetEnvironmentVariable("SKERRY_BIN") is { Length: > 0 } bin
        ? Path.Combine(bin, "skerry")
        : Path.Combine(AppContext.BaseDirectory, "skerry");

    /// <summary>Starts it on pipes.</summary>
    internal static CliProcess Start(string? socket, string[] arguments, bool input = false)
    {
        var (outRead, outWrite) = Spawn.Pipe();
        var (errorRead, errorWrite) = Spawn.Pipe();
        List<(int, FileDescriptor)> descriptors = [(1, outWrite), (2, errorWrite)];
        FileDescriptor? inRead = null;
        FileDescriptor? inWrite = null;
        if (input)
        {
            (inRead, inWrite) = Spawn.Pipe();
            descriptors.Add((0, inRead));
        }

        try
        {
            var child = Spawn.Start(new SpawnRequest
            {
                Path = Program,
                Arguments = arguments,
                Environment = Variables(socket),
                Descriptors = descriptors,
            });
            return new CliProcess(child) { Input = Stream(inWrite, FileAccess.Write), Output = Stream(outRead, FileAccess.Read), Error = Stream(errorRead, FileAccess.Read) };
        }
        finally
        {
            outWrite.Dispose();
            errorWrite.Dispose();
            inRead?.Dispose();
        }
    }

    /// <summary>Starts it in a session of its own with <paramref name="peer"/> as its controlling terminal.</summary>
    internal static CliProcess StartOnTerminal(string socket, FileDescriptor peer, string[] arguments) => new(Spawn.Start(new SpawnRequest
    {
        Path = "/usr/bin/setsid",
        Arguments = ["--ctty", Program, .. arguments],
        Environment = [.. Variables(socket), "TERM=xterm"],
        Descriptors = [(0, peer), (1, peer), (2, peer)],
    }));

    /// <summary>Runs it to its end.</summary>
    internal static async Task<Said> Run(string? socket, string[] arguments, byte[]? input = null)
    {
        using var process = Start(socket, arguments, input is not null);
        var feeding = input is null ? Task.CompletedTask : Task.Run(() => Feed(process.Input!, input));
        var output = Task.Run(() => ReadAll(process.Output!));
        var error = Task.Run(() => ReadAll(process.Error!));
        await Task.WhenAll(output, error).WaitAsync(Patience);
        await feeding.WaitAsync(Patience);
        return new Said(process.Wait(), await output, Encoding.UTF8.GetString(await error));
    }

    internal static byte[] ReadAll(Stream stream)
    {
        var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    internal int Wait() => _child.Wait(Patience) ?? throw new TimeoutException("the command line did not end");

    internal void Signal(int number) => _child.Signal(number);

    public void Dispose()
    {
        _child.Signal(9);
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
        _child.Dispose();
    }

    private static void Feed(FileStream stream, byte[] input)
    {
        try
        {
            stream.Write(input);
            stream.Flush();
        }
        catch (IOException)
        {
            // The command line may end before it has read everything; that is for the test to judge.
        }
        finally
        {
            stream.Dispose();
        }
    }

    private static List<string> Variables(string? socket)
    {
        List<string> variables = [.. SpawnRequest.DefaultEnvironment, "DOTNET_NOLOGO=1", "FROM_HERE=yes"];
        if (Path.GetDirectoryName(typeof(object).Assembly.Location) is { Length: > 0 } runtime)
        {
            variables.Add($"DOTNET_ROOT={Path.GetFullPath(Path.Combine(runtime, "../../.."))}");
        }

        if (socket is not null)
        {
            variables.Add($"SKERRY_ADDRESS=unix://{socket}");
        }

        return variables;
    }

    private static FileStream? Stream(FileDescriptor? descriptor, FileAccess access) =>
        descriptor is null ? null : new FileStream(descriptor.ToFileHandle(), access, 1);
}
