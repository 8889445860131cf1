namespace Skerry.Oci.Trust.Tuf;

/// <summary>The seam between the client and where a repository's files are: a server, a mirror directory, memory. Nothing of it is trusted.</summary>
public interface ITufRepository
{
    /// <summary>Reads a metadata file to memory.</summary>
    /// <param name="name">Its name below the metadata's place, <c>3.root.json</c> for instance; what is not a letter, a digit or one of <c>_.-~</c> is percent-encoded.</param>
    /// <param name="maxBytes">Most bytes that are wanted; a source stops there and gives at most one more, so that the excess is seen.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The bytes; null when there is no such file.</returns>
    /// <exception cref="IOException">It cannot be asked.</exception>
    Task<ReadOnlyMemory<byte>?> MetadataAsync(string name, int maxBytes, CancellationToken ct);

    /// <summary>Copies a target.</summary>
    /// <param name="path">Its path below the targets' place, not encoded.</param>
    /// <param name="length">Its length. Of one that is longer a source copies nothing, or not much more.</param>
    /// <param name="to">Where it is written.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>False when there is no such file.</returns>
    /// <exception cref="IOException">It cannot be asked, or not be written.</exception>
    Task<bool> TargetAsync(string path, long length, Stream to, CancellationToken ct);
}
