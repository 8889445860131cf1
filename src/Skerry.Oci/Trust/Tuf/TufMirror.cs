using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>A repository in a directory, as it would be served: on a stick, for nodes that are never online.</summary>
/// <param name="metadata">Where its metadata is.</param>
/// <param name="targets">Where its targets are.</param>
public sealed class TufMirror(string metadata, string targets) : ITufRepository
{
    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>?> MetadataAsync(string name, int maxBytes, CancellationToken ct) =>
        Task.FromResult(Below(metadata, Uri.UnescapeDataString(name)) is { } path ? BoundedFile.Read(path, maxBytes) : null);

    /// <inheritdoc/>
    public async Task<bool> TargetAsync(string path, long length, Stream to, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (Below(targets, path) is not { } from || !File.Exists(from))
        {
            return false;
        }

        using var file = File.OpenRead(from);

        // What is longer is another content anyway.
        if (file.Length <= length)
        {
            await file.CopyToAsync(to, ct).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>The path of a file; null: names come from metadata, and one that leads out of the mirror is of no file in it.</summary>
    private static string? Below(string place, string name) =>
        Path.GetFullPath(name, Path.GetFullPath(place)) is var path && path.StartsWith(Path.GetFullPath(place) + "/", StringComparison.Ordinal) ? path : null;
}
