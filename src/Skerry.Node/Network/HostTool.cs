using System.Text;
using Skerry.Linux.Processes;

namespace Skerry.Node.Network;

/// <summary>Programs of the host that set its rules: nft, iptables-restore, ip. Looked up where Debian and others put them.</summary>
internal static class HostTool
{
    private static readonly string[] Directories = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The program's file, or null.</summary>
    internal static string? Find(string name) => Directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program in the network namespace of the calling thread; true when it exits with 0.</summary>
    internal static bool Try(string file, IReadOnlyList<string> arguments, string input, out string said)
    {
        var result = BoundedRun.Run(
            new SpawnRequest { Path = file, Arguments = arguments }, Encoding.UTF8.GetBytes(input), 1 << 20, 4096, Patience, CancellationToken.None);
        said = Encoding.UTF8.GetString(result.Error).Trim().Replace('\n', ' ');
        return result is { End: BoundedRunEnd.Exited, ExitCode: 0 };
    }

    /// <summary>Runs a program that must succeed, and gives what it printed.</summary>
    /// <exception cref="NetworkException">It is not installed or failed.</exception>
    internal static byte[] Read(string name, string package, IReadOnlyList<string> arguments, string step)
    {
        var file = Find(name) ?? throw new NetworkException(NetworkFault.Missing, $"{step}: '{name}' is not installed", $"install it (Debian: apt install {package})");
        var result = BoundedRun.Run(new SpawnRequest { Path = file, Arguments = arguments }, default, 1 << 20, 4096, Patience, CancellationToken.None);
        return result is { End: BoundedRunEnd.Exited, ExitCode: 0 }
            ? result.Output
            : throw new NetworkException(NetworkFault.Failed, $"{step}: {name} {string.Join(' ', arguments)} failed: {Encoding.UTF8.GetString(result.Error).Trim()}", "see what it says");
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <exception cref="NetworkException">It is not installed or failed.</exception>
    internal static void Run(string name, string package, IReadOnlyList<string> arguments, string input, string step)
    {
        var file = Find(name) ?? throw new NetworkException(NetworkFault.Missing, $"{step}: '{name}' is not installed", $"install it (Debian: apt install {package})");
        if (!Try(file, arguments, input, out var said))
        {
            throw new NetworkException(NetworkFault.Failed, $"{step}: {name} {string.Join(' ', arguments)} failed: {said}", "see what it says; the kernel needs nf_tables with NAT");
        }
    }
}
