using System.Formats.Tar;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Cli.Copy;

/// <summary>
/// Unpacks a tar stream that a container made into a directory of this machine. The stream is hostile (CVE-2018-15664,
/// CVE-2019-14271): every path is opened by the kernel beneath the directory and through no symbolic link; nothing that is
/// there is written through; no device, no setuid bit and no owner of the container's choice comes to be.
/// </summary>
internal sealed class TarUnpacking(FileDescriptor root, string expected, string target, bool keepOwner)
{
    private const uint NewDirectory = 0x1C0; // 0700 until its content is there
    private const uint NewFile = 0x180; // 0600
    private const uint Permissions = 0x1FF; // 0777: without setuid, setgid and sticky

    private readonly List<(string Path, uint Mode, long Modified)> _directories = [];

    /// <summary>Entries that were left out, with why.</summary>
    internal List<string> LeftOut { get; } = [];

    /// <summary>
    /// Unpacks everything. Entries are called <c>expected</c> or <c>expected/…</c>; they come to be as <c>target</c> below
    /// <c>root</c> ("." for root itself).
    /// </summary>
    /// <returns>How many entries came to be.</returns>
    /// <exception cref="CliFailure">The stream holds what was not asked for, or tries to leave the directory.</exception>
    internal int Unpack(TarReader tar)
    {
        var count = 0;
        while (tar.GetNextEntry() is { } entry)
        {
            var path = Place(entry.Name);
            if (path == "." && entry.EntryType != TarEntryType.Directory)
            {
                throw Hostile(entry.Name, "the directory itself is to be replaced");
            }

            count += One(entry, path) ? 1 : 0;
        }

        // Last, so that a directory without write permission can be filled, and deepest first.
        foreach (var (path, mode, modified) in Enumerable.Reverse(_directories))
        {
            using var directory = OpenDirectory(path);
            FileCalls.SetMode(directory, mode);
            FileCalls.SetModified(directory, modified, 0);
        }

        return count;
    }

    /// <summary>Where an entry goes: its name with the expected start exchanged for the target.</summary>
    internal string Place(string name)
    {
        if (name.StartsWith('/'))
        {
            throw Hostile(name, "the name is absolute");
        }

        var parts = new List<string>();
        foreach (var part in name.Split('/'))
        {
            if (part is ".." || part.Contains('\0', StringComparison.Ordinal))
            {
                throw Hostile(name, "the name leads out of the directory");
            }

            if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        if (expected != ".")
        {
            if (parts.Count == 0 || parts[0] != expected)
            {
                throw Hostile(name, $"only {expected} was asked for");
            }

            parts.RemoveAt(0);
        }

        if (target != ".")
        {
            parts.Insert(0, target);
        }

        return parts.Count == 0 ? "." : string.Join('/', parts);
    }

    private bool One(TarEntry entry, string path)
    {
        var mode = (uint)entry.Mode & Permissions;
        if (entry.EntryType == TarEntryType.Directory)
        {
            Directory(path, mode, entry);
            return true;
        }

        var slash = path.LastIndexOf('/');
        var name = path[(slash + 1)..];
        using var parent = OpenDirectory(slash < 0 ? "." : path[..slash]);
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                Clear(parent, name, path);
                File(parent, name, mode, entry);
                return true;
            case TarEntryType.SymbolicLink:
                Clear(parent, name, path);
                FileCalls.MakeSymlink(parent, name, entry.LinkName);
                if (keepOwner)
                {
                    FileCalls.SetOwner(parent, name, (uint)entry.Uid, (uint)entry.Gid);
                }

                return true;
            case TarEntryType.HardLink:
                var source = Place(entry.LinkName);
                var cut = source.LastIndexOf('/');
                using (var from = OpenDirectory(cut < 0 ? "." : source[..cut]))
                {
                    // Only to a plain file that this copy could have made: linking to a link or a device is refused.
                    if (FileCalls.Status(from, source[(cut + 1)..])?.Kind != FileKind.Regular)
                    {
                        throw Hostile(entry.Name, $"a hard link to {entry.LinkName}, which is no file of this copy");
                    }

                    Clear(parent, name, path);
                    FileCalls.MakeHardLink(from, source[(cut + 1)..], parent, name);
                }

                return true;
            default:
                LeftOut.Add($"{entry.Name}: {entry.EntryType}, which is not copied to this machine");
                return false;
        }
    }

    private void Directory(string path, uint mode, TarEntry entry)
    {
        if (path != ".")
        {
            var slash = path.LastIndexOf('/');
            using var parent = OpenDirectory(slash < 0 ? "." : path[..slash]);
            var name = path[(slash + 1)..];
            if (!FileCalls.MakeDirectory(parent, name, NewDirectory) && FileCalls.Status(parent, name)?.Kind != FileKind.Directory)
            {
                throw Hostile(entry.Name, "a directory where something else is");
            }

            _directories.Add((path, mode, entry.ModificationTime.ToUnixTimeSeconds()));
            if (keepOwner)
            {
                FileCalls.SetOwner(parent, name, (uint)entry.Uid, (uint)entry.Gid);
            }
        }
    }

    private void File(FileDescriptor parent, string name, uint mode, TarEntry entry)
    {
        var (file, error) = FileCalls.OpenBeneath(parent, name, OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, NewFile);
        using var opened = file ?? throw LinuxException.Of("openat2", name, error);
        var buffer = new byte[128 << 10];
        long offset = 0;
        while (entry.DataStream is { } data && data.Read(buffer) is var count and > 0)
        {
            FileCalls.Write(opened, buffer.AsSpan(0, count), offset, name);
            offset += count;
        }

        if (keepOwner)
        {
            FileCalls.SetOwner(opened, (uint)entry.Uid, (uint)entry.Gid);
        }

        FileCalls.SetMode(opened, mode);
        FileCalls.SetModified(opened, entry.ModificationTime.ToUnixTimeSeconds(), 0);
    }

    /// <summary>Takes away what stands in the way, itself and not what it points to; a directory stays and is an error.</summary>
    private static void Clear(FileDescriptor parent, string name, string path)
    {
        if (FileCalls.Status(parent, name)?.Kind == FileKind.Directory)
        {
            throw new CliFailure($"cannot replace the directory {path} by something that is none", "copy to another place");
        }

        FileCalls.Unlink(parent, name);
    }

    private FileDescriptor OpenDirectory(string path)
    {
        var (opened, error) = FileCalls.OpenBeneath(root, path, OpenFlags.Directory | OpenFlags.NoFollow);
        return opened ?? throw (error is Errno.ELOOP or Errno.EXDEV or Errno.ENOTDIR
            ? Hostile(path, "the way there leads through a symbolic link or a file")
            : LinuxException.Of("openat2", path, error));
    }

    private static CliFailure Hostile(string name, string why) =>
        new($"the container's archive is not what was asked for: {name}: {why}; the copy was ended", "do not trust what is in this container");
}
