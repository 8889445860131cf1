using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// Finds a file of an image in the layer that it comes from. Its name is a stranger's: the kernel resolves it inside the mounted image
/// (openat2(2), RESOLVE_IN_ROOT), and what is taken is the regular file of the topmost layer that has it at the resolved place, reached
/// without any symbolic link. Layers are never written to, so the place stays what it is.
/// </summary>
internal static class GuestFile
{
    /// <summary>The file's path on the node.</summary>
    /// <param name="rootfs">The mounted image.</param>
    /// <param name="layers">Layer directories, bottom first.</param>
    /// <param name="path">Absolute path in the image.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <exception cref="SpecRefusedException">It is not there, or no regular file.</exception>
    internal static string Find(string rootfs, IReadOnlyList<string> layers, string path, string what)
    {
        using var root = FileCalls.Open(null, rootfs, OpenFlags.Directory | OpenFlags.Path);
        var (opened, error) = FileCalls.OpenInRoot(root, path, OpenFlags.Path);
        using (opened)
        {
            if (opened is null)
            {
                throw new SpecRefusedException("image", $"the {what} {path} cannot be opened in it ({error})", "correct the image");
            }

            var status = FileCalls.Status(opened);
            var place = FileCalls.ReadSymlink(null, opened.ProcPath);
            var above = FileCalls.ReadSymlink(null, root.ProcPath);
            if (status.Kind != FileKind.Regular || status.Size == 0 || place is null || above is null || !place.StartsWith(above + "/", StringComparison.Ordinal))
            {
                throw new SpecRefusedException("image", $"the {what} {path} is no regular file with content", "correct the image");
            }

            var below = place[(above.Length + 1)..];
            for (var i = layers.Count - 1; i >= 0; i--)
            {
                if (Has(layers[i], below, status))
                {
                    return Path.Combine(layers[i], below);
                }
            }

            throw new SpecRefusedException("image", $"the {what} {path} is in none of its layers as a file", "correct the image, or mend it with 'skerry image scrub --repair'");
        }
    }

    /// <summary>Reads a small file of a mounted image; null: it is not there, or larger than that.</summary>
    internal static byte[]? Read(string rootfs, string path, int most)
    {
        using var root = FileCalls.Open(null, rootfs, OpenFlags.Directory | OpenFlags.Path);
        var (opened, _) = FileCalls.OpenInRoot(root, path, OpenFlags.Read | OpenFlags.NonBlock);
        using (opened)
        {
            if (opened is null || FileCalls.Status(opened) is not { Kind: FileKind.Regular } status || status.Size > most)
            {
                return null;
            }

            var bytes = new byte[status.Size];
            var read = 0;
            while (read < bytes.Length && FileCalls.Read(opened, bytes.AsSpan(read), read, path) is > 0 and var more)
            {
                read += more;
            }

            return bytes[..read];
        }
    }

    private static bool Has(string layer, string below, FileStatus wanted)
    {
        using var directory = FileCalls.Open(null, layer, OpenFlags.Directory | OpenFlags.Path);
        var (opened, _) = FileCalls.OpenBeneath(directory, below, OpenFlags.Path | OpenFlags.NoFollow);
        using (opened)
        {
            return opened is not null && FileCalls.Status(opened) is { Kind: FileKind.Regular } status && (status.Size, status.ModifiedSeconds) == (wanted.Size, wanted.ModifiedSeconds);
        }
    }
}
