using System.Globalization;
using System.Text;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>The metadata that a client trusts, in a directory of its own: <c>root.json</c>, <c>timestamp.json</c> … as they were received.</summary>
/// <remarks>Whoever can write there decides what is trusted. Each file is replaced whole: a power cut leaves the old or the new one.</remarks>
public sealed class TufStore(string directory)
{
    /// <summary>Begins with a root that is trusted because a person says so. What was trusted before is forgotten.</summary>
    /// <exception cref="TufException">It is no root, or is not signed by its own keys.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Begin(ReadOnlyMemory<byte> root)
    {
        var read = RootFile.Read(root);
        read.Keys(TopRole.Root).Check(read.File);
        Directory.CreateDirectory(directory);
        foreach (var old in Directory.EnumerateFiles(directory, "*.json"))
        {
            File.Delete(old);
        }

        Write(TopRole.Root, root.Span);
    }

    internal ReadOnlyMemory<byte>? Read(string role, int maxBytes) => BoundedFile.Read(PathOf(role), maxBytes);

    internal void Write(string role, ReadOnlySpan<byte> bytes)
    {
        var path = PathOf(role);
        var partial = path + ".partial";
        using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Percent-encodes all but letters, digits and <c>_.-~</c> (RFC 3986 §2.3).</summary>
    internal static string Quote(string name)
    {
        var quoted = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            quoted = char.IsAsciiLetterOrDigit((char)b) || (char)b is '_' or '.' or '-' or '~'
                ? quoted.Append((char)b)
                : quoted.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }

        return quoted.ToString();
    }

    private string PathOf(string role) => Path.Combine(directory, Quote(role) + ".json");
}
