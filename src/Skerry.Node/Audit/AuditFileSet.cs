using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Audit;

/// <summary>
/// Files of the log that are written together: one wait for the medium covers many of them.
/// <list type="number">
/// <item>All are written beside their names.</item>
/// <item>All are on the medium.</item>
/// <item>All get their names, and each directory of them is on the medium.</item>
/// </list>
/// </summary>
/// <remarks>A crash in between leaves some of the files under their names, each of them whole. One thread.</remarks>
internal sealed class AuditFileSet(AuditFiles files) : IDisposable
{
    private const string Suffix = ".new";

    private readonly List<(string Path, FileDescriptor File)> _written = [];

    /// <summary>Writes a file; it has its name after <see cref="Commit"/>.</summary>
    internal void Add(string name, ReadOnlySpan<byte> content)
    {
        // 1.
        var path = files.PathOf(name);
        files.MakeDirectories(Path.GetDirectoryName(path)!);
        var file = FileCalls.Open(null, path + Suffix, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, (uint)AuditFiles.OwnerOnly);
        _written.Add((path, file));
        FileCalls.Write(file, content, 0, path);
        FileCalls.StartWriteBack(file, 0, content.Length);
    }

    /// <summary>All of them are on the medium under their names when this returns.</summary>
    internal void Commit()
    {
        // 2.
        foreach (var (_, file) in _written)
        {
            FileCalls.Sync(file);
        }

        // 3.
        foreach (var (path, _) in _written)
        {
            File.Move(path + Suffix, path, overwrite: true);
        }

        foreach (var parent in _written.Select(static w => Path.GetDirectoryName(w.Path)!).Distinct(StringComparer.Ordinal))
        {
            AuditFiles.SyncNames(parent);
        }
    }

    public void Dispose() => _written.ForEach(static w => w.File.Dispose());
}
