using System.Formats.Tar;
using Skerry.Linux.Files;

namespace Skerry.Cli.Copy;

/// <summary>Packs a file or a directory of this machine into a tar stream. Symbolic links are packed as links.</summary>
internal static class TarPacking
{
    /// <summary>Packs <paramref name="path"/> so that its entry is called <paramref name="name"/> ("." for a directory's content).</summary>
    internal static void Pack(Stream target, string path, string name, bool keepOwner, Func<bool> refused)
    {
        using var tar = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
        var pending = new Stack<(string Path, string Name)>();
        pending.Push((path, name));
        while (pending.Count > 0 && !refused())
        {
            var (at, entryName) = pending.Pop();
            var status = FileCalls.Status(null, at) ?? throw new CliFailure($"{at}: no such file or directory");
            PaxTarEntry? entry = status.Kind switch
            {
                FileKind.Directory => new PaxTarEntry(TarEntryType.Directory, entryName + "/"),
                FileKind.Regular => new PaxTarEntry(TarEntryType.RegularFile, entryName),
                FileKind.Symlink => new PaxTarEntry(TarEntryType.SymbolicLink, entryName) { LinkName = FileCalls.ReadSymlink(null, at) ?? "" },
                _ => throw new CliFailure($"{at}: neither a file, a directory nor a symbolic link", "leave it out of what is copied"),
            };
            entry.Mode = (UnixFileMode)status.Mode;
            entry.ModificationTime = DateTimeOffset.FromUnixTimeSeconds(status.ModifiedSeconds);
            entry.Uid = keepOwner ? (int)status.Uid : 0;
            entry.Gid = keepOwner ? (int)status.Gid : 0;
            if (status.Kind == FileKind.Regular)
            {
                using var content = new FileStream(at, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
                entry.DataStream = content;
                tar.WriteEntry(entry);
                continue;
            }

            tar.WriteEntry(entry);
            if (status.Kind == FileKind.Directory)
            {
                using var directory = FileCalls.Open(null, at, OpenFlags.Directory | OpenFlags.NoFollow);
                foreach (var child in FileCalls.Entries(directory).OrderByDescending(static e => e.Name, StringComparer.Ordinal))
                {
                    pending.Push(($"{at}/{child.Name}", $"{entryName}/{child.Name}"));
                }
            }
        }
    }
}
