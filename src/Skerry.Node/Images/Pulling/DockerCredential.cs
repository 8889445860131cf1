using System.Text;
using Skerry.Linux.Processes;
using Skerry.Oci.Distribution;

namespace Skerry.Node.Images.Pulling;

/// <summary>
/// Asks docker's credential helpers: <c>docker-credential-NAME get</c> with the server on standard input and JSON on standard output. The
/// name was checked to hold no path.
/// </summary>
internal static class DockerCredential
{
    private const int MostOutput = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string[] Places = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin"];

    /// <summary>Runs one helper.</summary>
    internal static Task<HelperAnswer> Ask(string helper, string server, CancellationToken cancel) => Task.Run(() => Run(helper, server, Places, Patience), cancel);

    /// <summary>Runs one helper of these directories; blocks as long as it is patient.</summary>
    internal static HelperAnswer Run(string helper, string server, IReadOnlyList<string> places, TimeSpan patience)
    {
        var program = "docker-credential-" + helper;
        var path = places.Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            return new HelperAnswer(127, $"{program} is not installed ({string.Join(", ", places)})");
        }

        var (inRead, inWrite) = Spawn.Pipe();
        var (outRead, outWrite) = Spawn.Pipe();
        ChildProcess child;
        using (inRead)
        using (outWrite)
        {
            child = Spawn.Start(new SpawnRequest { Path = path, Arguments = ["get"], Descriptors = [(0, inRead), (1, outWrite)] });
        }

        using (child)
        using (var input = new FileStream(inWrite.ToFileHandle(), FileAccess.Write, 1))
        using (var output = new FileStream(outRead.ToFileHandle(), FileAccess.Read, 4096))
        {
            // One that hangs keeps its output open: only its end ends the reading.
            var late = 0;
            using var watch = new Timer(_ =>
            {
                Volatile.Write(ref late, 1);
                child.Signal(9);
            }, null, patience, Timeout.InfiniteTimeSpan);
            try
            {
                input.Write(Encoding.UTF8.GetBytes(server));
            }
            catch (IOException)
            {
                // It ended without reading: its exit code tells why.
            }

            input.Dispose();
            var answer = new byte[MostOutput];
            var length = output.ReadAtLeast(answer, MostOutput, throwOnEndOfStream: false);
            var code = child.Wait(patience + TimeSpan.FromSeconds(1));
            if (code is null || Volatile.Read(ref late) != 0)
            {
                child.Signal(9);
                return new HelperAnswer(124, $"{program} gave no answer within {patience.TotalSeconds:0} s");
            }

            return new HelperAnswer(code.Value, Encoding.UTF8.GetString(answer, 0, length));
        }
    }
}
