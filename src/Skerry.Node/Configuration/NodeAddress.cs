using System.Text;
using Skerry.Linux.Files;
using Skerry.Linux.Network;

namespace Skerry.Node.Configuration;

/// <summary>The socket on which the node listens.</summary>
internal static class NodeAddress
{
    private const string Scheme = "unix://";

    /// <summary>The user this daemon runs as.</summary>
    internal static uint EffectiveUser => Skerry.Linux.Processes.Credentials.EffectiveUser;

    /// <summary>The path of the socket.</summary>
    /// <exception cref="ConfigurationException">The address is of no known kind, or its path is none that a socket can have.</exception>
    internal static string SocketPath(NodeOptions options)
    {
        var address = options.Address ?? Scheme + new NodePaths(options.Root, options.Run).Socket;
        if (!address.StartsWith(Scheme + "/", StringComparison.Ordinal) || address.EndsWith('/'))
        {
            throw new ConfigurationException($"address '{address}': the node listens on unix:///PATH only");
        }

        var path = address[Scheme.Length..];
        return Encoding.UTF8.GetByteCount(path) is var length and > MessageSocket.LongestPath
            ? throw new ConfigurationException($"address '{address}': its path has {length} bytes, and that of a socket has {MessageSocket.LongestPath} at most; give a shorter --run or --address")
            : path;
    }

    /// <summary>Removes the socket that an earlier daemon left, and nothing else.</summary>
    /// <exception cref="ConfigurationException">Something else is there, or there is no such directory.</exception>
    internal static void Clear(string path)
    {
        if (FileCalls.Status(null, path) is { } there)
        {
            if (there.Kind != FileKind.Socket)
            {
                throw new ConfigurationException($"address '{Scheme}{path}': there is something else than a socket, and it is left alone; remove it, or give another --address");
            }

            File.Delete(path);
        }
        else if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new ConfigurationException($"address '{Scheme}{path}': there is no directory {Path.GetDirectoryName(path)}; make it, or give another --address");
        }
    }

    /// <summary>0660, and the group that may use it.</summary>
    internal static void Restrict(string path, uint? group)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        if (group is { } members)
        {
            using var directory = FileCalls.Open(null, Path.GetDirectoryName(path)!, OpenFlags.Path | OpenFlags.Directory);
            FileCalls.SetOwner(directory, Path.GetFileName(path), EffectiveUser, members);
        }
    }

    /// <summary>The id of the group that may use the socket; null where none is configured.</summary>
    /// <exception cref="ConfigurationException">There is no such group.</exception>
    internal static uint? GroupOf(NodeOptions options) => options.SocketGroup is { } name ? GroupId(name) : null;

    private static uint GroupId(string name)
    {
        foreach (var line in File.ReadLines("/etc/group"))
        {
            var fields = line.Split(':');
            if (fields.Length > 2 && fields[0] == name && uint.TryParse(fields[2], out var id))
            {
                return id;
            }
        }

        throw new ConfigurationException($"api.group: there is no group '{name}' in /etc/group; make it with 'groupadd {name}'");
    }
}
