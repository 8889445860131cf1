using System.Globalization;
using Skerry.Linux.Files;

namespace Skerry.Node.Isolation.Jails;

/// <summary>A file of the node as it was when it was looked at: another content means another size, time or inode.</summary>
/// <param name="Destination">Absolute path in the jail.</param>
/// <param name="Path">Resolved path on the node.</param>
/// <param name="Identity">File system, inode, size and time of its last change.</param>
internal sealed record JailSource(string Destination, string Path, string Identity)
{
    /// <summary>Looks at a file.</summary>
    /// <exception cref="IsolationException">It is no regular file.</exception>
    internal static JailSource Of(string destination, string path) => new(destination, path, Look(path)
        ?? throw new IsolationException($"jail: {path} is no file on this machine; install what it belongs to, or correct the configuration"));

    /// <summary>Whether the file is still the same.</summary>
    internal bool IsUnchanged => Look(Path) == Identity;

    private static string? Look(string path) => FileCalls.Status(null, path) is { Kind: FileKind.Regular } s
        ? string.Create(CultureInfo.InvariantCulture, $"{s.FileSystem.Major}:{s.FileSystem.Minor}:{s.Inode}:{s.Size}:{s.ModifiedSeconds}.{s.ModifiedNanoseconds}")
        : null;
}
