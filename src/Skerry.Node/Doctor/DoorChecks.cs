using Skerry.Contracts.Node.V1;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Doctor;

/// <summary>Who may enter the node's directories and its socket.</summary>
internal static class DoorChecks
{
    private const uint OthersMayPass = 0x1; // 0001
    private const uint OthersMayWrite = 0x2; // 0002
    private const uint Sticky = 0x200; // 01000

    internal static IEnumerable<Check> All(NodeRooms rooms) =>
    [
        new("directories", () => Directories(rooms.Paths)),
        new("socket", () => [Socket(NodeAddress.SocketPath(rooms.Options), rooms.Options.SocketGroup is not null)]),
    ];

    /// <summary>The socket: 0660 at most, and its owner is this daemon's user.</summary>
    internal static Finding Socket(string path, bool groupMayEnter)
    {
        if (FileCalls.Status(null, path) is not { } status)
        {
            return Check.Error($"{path} is gone: no new command reaches the node", "restart skerryd; pods run on");
        }

        var text = FormattableString.Invariant($"{path} is {Convert.ToString(status.Mode, 8)}, of {status.Uid}:{status.Gid}");
        return (status.Mode & 0x7) != 0 || status.Uid != Credentials.EffectiveUser
            ? Check.Error($"{text}: who may use it may do all that root may", $"chown {Credentials.EffectiveUser} {path}; chmod 0660 {path}")
            : Check.Ok(groupMayEnter ? $"{text}; its group may do all that root may" : $"{text}; only root is let in");
    }

    private static IEnumerable<Finding> Directories(NodePaths paths)
    {
        var before = 0;
        foreach (var (path, most) in ((string, uint)[])[(paths.Root, 0x1C0 /* 0700 */), (paths.Run, 0x1C9 /* 0711 */)])
        {
            if (FileCalls.Status(null, path) is not { } status)
            {
                before++;
                yield return Check.Error($"{path} is gone", "restart skerryd");
            }
            else if ((status.Mode & ~most & 0x1FF) != 0 || status.Uid != Credentials.EffectiveUser)
            {
                before++;
                yield return Check.Error(
                    FormattableString.Invariant($"{path} is {Convert.ToString(status.Mode, 8)}, of {status.Uid}: others reach set-user-id files of containers"),
                    $"chown {Credentials.EffectiveUser} {path}; chmod {Convert.ToString(most, 8)} {path}");
            }
        }

        for (var parent = Path.GetDirectoryName(Path.GetFullPath(paths.Run)); parent is not null; parent = Path.GetDirectoryName(parent))
        {
            var mode = FileCalls.Status(null, parent)?.Mode ?? 0;
            if ((mode & OthersMayPass) == 0)
            {
                before++;
                yield return Check.Error($"{parent} lets nobody but its owner pass: pods with user ids of their own cannot reach {paths.Run}", $"chmod o+x {parent}, or set node.run to another place");
            }
            else if ((mode & (OthersMayWrite | Sticky)) == OthersMayWrite)
            {
                before++;
                yield return Check.Error($"{parent} can be written by anybody, who can then replace {paths.Run}", $"chmod o-w {parent}, or set node.run to another place");
            }
        }

        if (before == 0)
        {
            yield return Check.Ok($"{paths.Root} and {paths.Run} are as they should be");
        }
    }
}
