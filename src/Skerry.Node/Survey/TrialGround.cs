using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Namespaces;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>
/// What trials share: a directory on the file system of the node's root, and a user namespace over a range that no pod has yet. A
/// directory that a crash left is removed before the next trial of the same name.
/// </summary>
internal sealed class TrialGround(NodeRooms rooms) : IDisposable
{
    /// <summary>Directories of trials in the node's root begin so.</summary>
    internal const string Prefix = "trial-";

    private readonly Lock _gate = new(); // guards _users
    private FileDescriptor? _users;

    /// <summary>The id range of trials: the last of the node's.</summary>
    internal Isolation.Spec.IdRange Range => rooms.Ranges.Range(rooms.Options.UserRanges - 1);

    /// <summary>A user namespace over <see cref="Range"/>; belongs to the ground.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal FileDescriptor Users()
    {
        lock (_gate)
        {
            return _users ??= UserNamespace.Create(Range.HostStart, Range.Count);
        }
    }

    /// <summary>Does something with a new directory in the node's root, and removes it with all in it.</summary>
    internal T InDirectory<T>(string name, Func<string, T> work)
    {
        using var root = FileCalls.Open(null, rooms.Paths.Root, OpenFlags.Read | OpenFlags.Directory);
        var own = Prefix + name;
        TreeRemoval.Remove(root, own);
        FileCalls.MakeDirectory(root, own, 0x1C0 /* 0700 */);
        try
        {
            return work(Path.Combine(rooms.Paths.Root, own));
        }
        finally
        {
            TreeRemoval.Remove(root, own);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _users?.Dispose();
            _users = null;
        }
    }
}
