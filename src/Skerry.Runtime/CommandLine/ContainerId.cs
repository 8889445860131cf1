using System.Buffers;

namespace Skerry.Runtime.CommandLine;

/// <summary>A container id becomes the name of a directory below the root, so nothing but a plain name passes.</summary>
internal static class ContainerId
{
    /// <summary>NAME_MAX of linux/limits.h.</summary>
    private const int MaxLength = 255;

    // The characters runc takes: libcontainer/factory_linux.go, idRegex.
    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.");

    /// <summary>Refuses what is no name.</summary>
    /// <exception cref="RefusedException">It is empty, too long, "." or "..", or has other characters.</exception>
    internal static void Check(string id)
    {
        // "invalid id format" are runc's words, "invalid character" in a "container ID" are crun's: engines look for either.
        if (id.Length is 0 or > MaxLength || id is "." or ".." || id.AsSpan().ContainsAnyExcept(s_allowed))
        {
            var shown = id.Length > 64 ? id[..64] + "…" : id;
            throw new RefusedException($"invalid id format: container ID '{shown}' has an {(id.Length is 0 or > MaxLength ? "invalid length" : "invalid character")}; give 1 to {MaxLength} of A-Z a-z 0-9 _ + - . and neither '.' nor '..'");
        }
    }
}
