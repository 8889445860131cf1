using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Configuration;

/// <summary>
/// The root and the run directory of a node, each held by flock(2) while a daemon runs on them. A daemon ends and removes what lies there and its
/// journal does not name: two that share one of them would end each other's containers.
/// </summary>
internal sealed class NodeHold : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly FileDescriptor _root;
    private readonly FileDescriptor _run;

    private NodeHold(FileDescriptor root, FileDescriptor run) => (_root, _run) = (root, run);

    /// <summary>Makes both directories where they are not there, and holds them; nothing in them is touched but the lock's file.</summary>
    /// <exception cref="ConfigurationException">Another daemon has one of them.</exception>
    internal static NodeHold Take(NodePaths paths)
    {
        NodeDirectories.MakeHeld(paths);
        var root = Lock(
            FileCalls.Open(null, paths.RootLock, OpenFlags.ReadWrite | OpenFlags.Create, 0x180 /* 0600 */),
            $"{paths.Root} is in use by another skerryd; stop it, or give this one another --root and --run");
        try
        {
            // The directory itself: it needs no file, which somebody could tidy away.
            return new NodeHold(root, Lock(
                FileCalls.Open(null, paths.Run, OpenFlags.Read | OpenFlags.Directory),
                $"{paths.Run} is in use by another skerryd, with another root than {paths.Root}; stop that one, or give this one a --run of its own"));
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run.Dispose();
        _root.Dispose();
    }

    private static FileDescriptor Lock(FileDescriptor file, string otherwise)
    {
        var isHeld = false;
        try
        {
            isHeld = FileCalls.TryLock(file, Patience);
            return isHeld ? file : throw new ConfigurationException(otherwise);
        }
        finally
        {
            if (!isHeld)
            {
                file.Dispose();
            }
        }
    }
}
