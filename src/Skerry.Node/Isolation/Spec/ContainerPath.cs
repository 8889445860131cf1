namespace Skerry.Node.Isolation.Spec;

/// <summary>Paths inside a container, as text: no link is followed here, so what is checked is only what was written.</summary>
internal static class ContainerPath
{
    /// <summary>
    /// The absolute path without empty, <c>.</c> and <c>..</c> parts.
    /// </summary>
    /// <exception cref="SpecRefusedException">Relative, with <c>..</c>, with control characters, or longer than PATH_MAX.</exception>
    public static string Clean(string field, string path)
    {
        if (!path.StartsWith('/'))
            throw new SpecRefusedException(field, $"\"{path}\" is not absolute", "begin it with /");
        if (path.Length >= 4096) // PATH_MAX, limits.h
            throw new SpecRefusedException(field, "the path is longer than 4095 characters", "shorten it");
        if (path.Any(char.IsControl))
            throw new SpecRefusedException(field, "the path has a control character", "remove it");
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Contains(".."))
            throw new SpecRefusedException(field, $"\"{path}\" has a .. part", "write the path it stands for");
        return "/" + string.Join('/', parts.Where(p => p != "."));
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="root"/> or below it. Both clean.</summary>
    public static bool IsWithin(string path, string root) =>
        root == "/" || path == root || (path.StartsWith(root, StringComparison.Ordinal) && path[root.Length] == '/');
}
