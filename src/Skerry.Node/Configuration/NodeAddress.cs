using Skerry.Linux.Files;

namespace Skerry.Node.Configuration;

/// <summary>The socket on which the node listens.</summary>
internal static class NodeAddress
{
    private const string Scheme = "unix://";

    /// <summary>The user this daemon runs as.</summary>
    internal static uint EffectiveUser => Skerry.Linux.Processes.Credentials.EffectiveUser;

    /// <summary>The path of the socket.</summary>
    /// <exception cref="ConfigurationException">The address is of no known kind.</exception>
    internal static string SocketPath(NodeOptions options)
    {
        var address = options.Address ?? Scheme + new NodePaths(options.Root, options.Run).Socket;
        return address.StartsWith(Scheme, StringComparison.Ordinal) && address.Length > Scheme.Length + 1
            ? address[Scheme.Length..]
            : throw new ConfigurationException($"address '{address}': the node listens on unix:///PATH only");
    }

    /// <summary>0660, and the group that may use it.</summary>
    internal static void Restrict(string path, string? group)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        if (group is not null)
        {
            FileCalls.SetOwner(null!, path, EffectiveUser, GroupId(group));
        }
    }

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
