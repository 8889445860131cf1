namespace Skerry.Cli.Copy;

/// <summary>One side of a copy: a path in a container, a path here, or <c>-</c> for a tar stream.</summary>
/// <param name="Container">The container, or null for a path here.</param>
/// <param name="Path">The path as it was written.</param>
internal sealed record CopyPlace(string? Container, string Path)
{
    /// <summary>A tar stream through standard input or output.</summary>
    internal bool IsStream => Container is null && Path == "-";

    /// <summary>The content of the directory, not the directory itself (<c>dir/.</c>).</summary>
    internal bool IsContent => Path is "." or "/." || Path.EndsWith("/.", StringComparison.Ordinal);

    /// <summary>A directory is meant, whatever is there.</summary>
    internal bool SaysDirectory => Path.EndsWith('/') || IsContent;

    /// <summary>The last name of the path, or "." for a directory's content and for the root.</summary>
    internal string Base
    {
        get
        {
            if (IsContent)
            {
                return ".";
            }

            var name = System.IO.Path.GetFileName(Path.TrimEnd('/'));
            return name is "" or ".." ? "." : name;
        }
    }

    /// <summary>Reads <c>CONTAINER:PATH</c>, <c>PATH</c> or <c>-</c>. A path here that holds a colon starts with / or a dot.</summary>
    internal static CopyPlace Parse(string text)
    {
        if (text.Length == 0)
        {
            throw CliFailure.Usage("an empty path", "write CONTAINER:PATH, a path, or -");
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (text[0] is '/' or '.' || colon <= 0)
        {
            return new CopyPlace(null, text);
        }

        // A container's paths start at its root, also where the slash is left out.
        var path = text[(colon + 1)..];
        return path.Length > 0
            ? new CopyPlace(text[..colon], path[0] == '/' ? path : "/" + path)
            : throw CliFailure.Usage($"{text} names no path in the container", "write CONTAINER:PATH");
    }
}
