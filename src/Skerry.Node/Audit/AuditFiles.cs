using System.Globalization;
using System.Text;
using Skerry.Guard.Audit;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Audit;

/// <summary>The files of a log below one directory, as C2SP tlog-tiles names them: full bundles, full tiles, and the last tile of each level above the first.</summary>
/// <remarks>What is written here is on the medium when the call returns, under its name or not at all. The log's writer alone writes; anybody reads.</remarks>
internal sealed class AuditFiles(string directory)
{
    internal const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The path of a file of the log.</summary>
    internal string PathOf(string name) => Path.Combine(directory, name);

    /// <summary>A tile or bundle, null where it is not there. One that has grown since serves for a narrower name.</summary>
    internal ReadOnlyMemory<byte>? Read(TileName name)
    {
        if (TryRead(name.ToString()) is { } exact)
        {
            return exact;
        }

        // Only what has grown since is looked for in a directory.
        foreach (var wider in Wider(name))
        {
            if (TryRead(wider.ToString()) is { } bytes)
            {
                return Cut(bytes, wider.Width, name);
            }
        }

        return null;
    }

    /// <summary>A small file of the log as text, null where it is not there.</summary>
    internal string? ReadText(string name) => TryRead(name) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>Writes a file of the log and has it and its name on the medium.</summary>
    internal void Write(string name, ReadOnlySpan<byte> content)
    {
        using var writing = new AuditFileSet(this);
        writing.Add(name, content);
        writing.Commit();
    }

    /// <summary>Removes a file of the log; true where it was there.</summary>
    internal bool Remove(string name)
    {
        var path = PathOf(name);
        if (!File.Exists(path))
        {
            return false;
        }

        File.Delete(path);
        return true;
    }

    /// <summary>Removes the narrower forms of a tile that is there in its present width.</summary>
    internal void RemoveNarrower(TileName name)
    {
        foreach (var width in Widths(name).Where(w => w < name.Width))
        {
            File.Delete(PathOf((name with { Width = width }).ToString()));
        }

        if (name.IsFull && Directory.Exists(PartialDirectory(name)))
        {
            Directory.Delete(PartialDirectory(name), recursive: true);
        }
    }

    /// <summary>Bytes of all bundles.</summary>
    internal long BundleBytes()
    {
        var bundles = new DirectoryInfo(PathOf("tile/entries"));
        return bundles.Exists ? bundles.EnumerateFiles("*", SearchOption.AllDirectories).Sum(static f => f.Length) : 0;
    }

    /// <summary>Makes a directory of the log and those above it; their names are on the medium.</summary>
    internal void MakeDirectories(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        var parent = Path.GetDirectoryName(path)!;
        if (path != directory)
        {
            MakeDirectories(parent);
        }

        Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        SyncNames(parent);
    }

    /// <summary>Has the names in a directory on the medium.</summary>
    internal static void SyncNames(string path)
    {
        using var names = FileCalls.Open(null, path, OpenFlags.Read | OpenFlags.Directory);
        FileCalls.Sync(names);
    }

    /// <summary>A file of the log, null where it is not there. What is there and cannot be read is damage, and never keeps a node from starting.</summary>
    /// <exception cref="AuditFormatException">It is no file, or the medium does not give it.</exception>
    internal byte[]? TryRead(string name)
    {
        var path = PathOf(name);
        var (opened, error) = FileCalls.TryOpen(null, path, OpenFlags.Read | OpenFlags.NonBlock);
        using (opened)
        {
            try
            {
                return opened is null ? error is Errno.ENOENT or Errno.ENOTDIR ? null : throw LinuxException.Of("openat2", path, error)
                    : FileCalls.Status(opened).Kind is var kind && kind == FileKind.Regular ? FileCalls.ReadWhole(opened, path)
                    : throw new AuditFormatException(name, $"it is a {kind}, not a file");
            }
            catch (LinuxException failure)
            {
                throw new AuditFormatException(name, failure.Message);
            }
        }
    }

    private string PartialDirectory(TileName name) => PathOf((name with { Width = 1 }).ToString())[..^2];

    /// <summary>The widths in which a tile is there, but for the full one.</summary>
    private IEnumerable<int> Widths(TileName name)
    {
        var partial = PartialDirectory(name);
        return Directory.Exists(partial)
            ? Directory.EnumerateFiles(partial).Select(static f => int.TryParse(Path.GetFileName(f), NumberStyles.None, CultureInfo.InvariantCulture, out var width) ? width : 0)
                .Where(static w => w is > 0 and < TileName.Full).Order()
            : [];
    }

    /// <summary>The names under which what a name asks for can be once it has grown.</summary>
    private IEnumerable<TileName> Wider(TileName name) =>
        name.IsFull ? [] : Widths(name).Where(w => w > name.Width).Append(TileName.Full).Select(w => name with { Width = w });

    private static ReadOnlyMemory<byte> Cut(byte[] bytes, int width, TileName name)
    {
        if (name.Level != TileName.Entries)
        {
            return bytes.AsMemory(0, Math.Min(bytes.Length, name.Width * TreeHash.Size));
        }

        var entries = EntryBundle.Read(bytes, width);
        return EntryBundle.Write([.. entries.Take(name.Width).Select(static e => e.ToArray())]);
    }
}
