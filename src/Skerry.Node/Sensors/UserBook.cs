using System.Globalization;
using System.Text;
using Skerry.Guard.Events;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Sensors;

/// <summary>Names of users and groups as a container's own files have them. The files are the container's to write: they are read bounded, inside its root, and only regular ones.</summary>
/// <remarks>Read by the sensor's thread alone; the files are read before it is handed over.</remarks>
internal sealed class UserBook
{
    private const int MostBytes = 1 << 20;
    private const int MostFacts = 4096;
    private const int MostNames = 4096; // of users, and of groups: what a file holds takes much more room here than there
    private const uint NoLogin = uint.MaxValue;

    private readonly Dictionary<uint, (Text Name, Text Home, Text Shell)> _users = [];
    private readonly Dictionary<uint, Text> _groups = [];
    private readonly Dictionary<(uint User, uint Group), UserFacts> _facts = [];
    private readonly IdRange? _range;

    private UserBook(IdRange? range) => _range = range;

    /// <summary>Names of the users by their numbers in the container.</summary>
    internal IReadOnlyDictionary<uint, Text> UserNames => _users.ToDictionary(static u => u.Key, static u => u.Value.Name);

    /// <summary>Names of the groups by their numbers in the container.</summary>
    internal IReadOnlyDictionary<uint, Text> GroupNames => _groups;

    /// <summary>Reads the files of the root that a process has.</summary>
    /// <param name="pid">A process in the container.</param>
    /// <param name="range">Ids of the container on the node; null where they are the node's own.</param>
    internal static UserBook Of(int pid, IdRange? range) => At(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root"), range);

    /// <summary>Reads the files below a directory that is a container's root.</summary>
    /// <param name="directory">It, on the node.</param>
    /// <param name="range">Ids of the container on the node; null where they are told as the container has them.</param>
    internal static UserBook At(string directory, IdRange? range)
    {
        var book = new UserBook(range);
        try
        {
            using var root = FileCalls.Open(null, directory, OpenFlags.Directory | OpenFlags.Path);
            foreach (var fields in Lines(root, "etc/passwd", 7))
            {
                if (book._users.Count < MostNames && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                {
                    book._users.TryAdd(id, (fields[0], fields[5], fields[6]));
                }
            }

            foreach (var fields in Lines(root, "etc/group", 3))
            {
                if (book._groups.Count < MostNames && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                {
                    book._groups.TryAdd(id, fields[0]);
                }
            }
        }
        catch (IOException)
        {
            // The process is gone, or its files cannot be read: numbers do without names.
        }

        return book;
    }

    /// <summary>The user and group that the kernel has by these numbers.</summary>
    internal UserFacts Find(uint user, uint group, uint login)
    {
        if (_facts.TryGetValue((user, group), out var known))
        {
            return known;
        }

        if (_facts.Count >= MostFacts)
        {
            _facts.Clear();
        }

        var (uid, gid) = (Inside(user), Inside(group));
        var found = _users.GetValueOrDefault(uid);
        return _facts[(user, group)] = new UserFacts
        {
            Uid = uid,
            Gid = gid,
            Name = found.Name.IsAbsent && uid == 0 ? "root" : found.Name,
            Home = found.Home,
            Shell = found.Shell,
            GroupName = _groups.GetValueOrDefault(gid),
            LoginUid = login == NoLogin ? null : Inside(login),
            LoginName = login == NoLogin ? default : _users.GetValueOrDefault(Inside(login)).Name,
        };
    }

    /// <summary>An id as the container sees it; one from outside of its range stays the node's.</summary>
    private uint Inside(uint id) => _range is { } range && id - range.HostStart < range.Count ? id - range.HostStart : id;

    private static IEnumerable<string[]> Lines(FileDescriptor root, string path, int fields)
    {
        // Non-blocking: there may be a FIFO, which would hold up the open for ever.
        var (opened, _) = FileCalls.OpenInRoot(root, path, OpenFlags.Read | OpenFlags.NonBlock);
        if (opened is null)
        {
            yield break;
        }

        using (opened)
        {
            var status = FileCalls.Status(opened);
            if (status.Kind != FileKind.Regular || status.Size > MostBytes)
            {
                yield break;
            }

            using var handle = opened.ToFileHandle();
            var bytes = new byte[(int)status.Size];
            var count = RandomAccess.Read(handle, bytes, 0);
            foreach (var line in Encoding.Latin1.GetString(bytes, 0, count).Split('\n'))
            {
                var parts = line.Split(':');
                if (parts.Length >= fields)
                {
                    yield return parts;
                }
            }
        }
    }
}
