namespace Skerry.Node.Configuration;

/// <summary>
/// The node's directories and who may enter them. The root is 0700: writable layers hold set-user-id files of containers under their
/// own ids. The run directory is 0711: root of a pod's user namespace, who is nobody on the host, must reach the mount points below it;
/// what lies beside them is 0700.
/// </summary>
internal static class NodeDirectories
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode MayPass = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The two that all else is in, which a daemon holds before it makes anything there (<see cref="NodeHold"/>).</summary>
    internal static void MakeHeld(NodePaths paths)
    {
        Make(paths.Root, OwnerOnly);
        Make(paths.Run, MayPass);
    }

    /// <summary>What is in them.</summary>
    internal static void Make(NodePaths paths)
    {
        Make(paths.Containers, OwnerOnly);
        Make(paths.Volumes, OwnerOnly);
        Make(paths.Stage, MayPass);
        Make(paths.Pods, MayPass);
        Make(paths.Bundles, OwnerOnly);
        Make(paths.RuntimeState, OwnerOnly);
    }

    /// <summary>The first directory on the way to one that others cannot pass, or null.</summary>
    internal static string? Shut(string directory)
    {
        var shut = Path.GetDirectoryName(directory) is { } above ? Shut(above) : null;
        return shut ?? ((File.GetUnixFileMode(directory) & UnixFileMode.OtherExecute) == 0 ? directory : null);
    }

    private static void Make(string directory, UnixFileMode mode)
    {
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, mode);
    }
}
