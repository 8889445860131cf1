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
    internal static Task<HelperAnswer> Ask(string helper, string server, CancellationToken cancel) => Task.Run(() => Run(helper, server), cancel);

    private static HelperAnswer Run(string helper, string server)
    {
        var program = "docker-credential-" + helper;
        var path = Places.Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            return new HelperAnswer(127, $"{program} is not installed ({string.Join(", ", Places)})");
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
            input.Write(Encoding.UTF8.GetBytes(server));
            input.Dispose();
            var answer = new byte[MostOutput];
            var length = output.ReadAtLeast(answer, MostOutput, throwOnEndOfStream: false);
            if (child.Wait(Patience) is not { } code)
            {
                child.Signal(9);
                return new HelperAnswer(124, $"{program} gave no answer within {Patience.TotalSeconds:0} s");
            }

            return new HelperAnswer(code, Encoding.UTF8.GetString(answer, 0, length));
        }
    }
}
