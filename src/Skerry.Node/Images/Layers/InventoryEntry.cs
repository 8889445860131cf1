using Skerry.Linux.Files;

namespace Skerry.Node.Images.Layers;

/// <summary>One line of a layer's inventory: what must be at a path.</summary>
/// <param name="Kind">File, directory, symbolic link, FIFO, or a character device for a whiteout.</param>
/// <param name="Digest">SHA-256 of a file's content in hex; the text of a symbolic link; empty otherwise.</param>
/// <param name="Links">The path of the first name of the same inode where this is a further one; else empty.</param>
/// <param name="Xattrs">Name and value of each attribute, by name.</param>
internal sealed record InventoryEntry(
    string Path,
    FileKind Kind,
    uint Mode,
    uint Uid,
    uint Gid,
    long Size,
    long ModifiedSeconds,
    uint ModifiedNanoseconds,
    string Digest,
    string Links,
    IReadOnlyList<KeyValuePair<string, byte[]>> Xattrs)
{
    /// <summary>No attributes.</summary>
    public static IReadOnlyList<KeyValuePair<string, byte[]>> NoXattrs { get; } = [];
}
