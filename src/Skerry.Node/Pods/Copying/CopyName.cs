namespace Skerry.Node.Pods.Copying;

/// <summary>What the entries of a copy are called: by the last name of the path, or "." for a directory's content and for the root.</summary>
internal static class CopyName
{
    /// <summary>The name of the first entry.</summary>
    internal static string Of(string path)
    {
        if (IsContent(path))
        {
            return ".";
        }

        var trimmed = path.TrimEnd('/');
        var name = trimmed[(trimmed.LastIndexOf('/') + 1)..];
        return name is "" or ".." ? "." : name;
    }

    /// <summary>Whether a link at the end of the path is followed: where a directory is meant.</summary>
    internal static bool SaysDirectory(string path) => path.EndsWith('/') || Of(path) == ".";

    private static bool IsContent(string path) => path is "." || path.EndsWith("/.", StringComparison.Ordinal);
}
