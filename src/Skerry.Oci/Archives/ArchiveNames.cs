using Skerry.Oci.Layers;

namespace Skerry.Oci.Archives;

/// <summary>Names of things in an archive.</summary>
internal static class ArchiveNames
{
    public const string Layout = "oci-layout";
    public const string Index = "index.json";
    public const string DockerManifest = "manifest.json";

    /// <summary>Where a blob is: <c>blobs/sha256/…</c>.</summary>
    public static string Of(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    /// <summary>The digest a name promises; null when it is no blob of a layout.</summary>
    public static Digest? ToDigest(string name) =>
        name.Split('/') is ["blobs", var algorithm, var hex]
            ? Digest.TryParse($"{algorithm}:{hex}", out var digest) ? digest : throw new OciFormatException("image archive", null, $"{PathBytes.Printable(name)} is not named by a digest")
            : null;

    /// <summary>What a link of a docker-archive means: the name it points to, resolved as text; null when that leaves the archive.</summary>
    public static string? Follow(string link, string target)
    {
        if (target.StartsWith('/'))
        {
            return null;
        }

        var parts = link.Split('/')[..^1].ToList();
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }
}
