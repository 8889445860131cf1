namespace Skerry.Node.Survey;

/// <summary>The files in which the kernel describes the machine, below a root: <c>/</c>, or a copy of another machine's.</summary>
internal sealed class MachineFiles(string root)
{
    /// <summary>This machine's.</summary>
    internal static MachineFiles This { get; } = new("/");

    /// <summary>A path below the root.</summary>
    internal string At(string path) => Path.Combine(root, path.TrimStart('/'));

    /// <summary>A file's text without blanks around it; empty where it cannot be read.</summary>
    internal string Text(string path)
    {
        try
        {
            return File.ReadAllText(At(path)).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    /// <summary>Whether there is such a file, directory or device.</summary>
    internal bool Has(string path) => Path.Exists(At(path));

    /// <summary>Names in a directory, sorted; none where there is no such directory.</summary>
    internal IReadOnlyList<string> Names(string directory, string pattern = "*")
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(At(directory), pattern).Select(static e => Path.GetFileName(e)).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether a parameter of a kernel module is on.</summary>
    internal bool IsOn(string path) => Text(path) is "Y" or "y" or "1";

    /// <summary>The features that the kernel names for the first processor (/proc/cpuinfo).</summary>
    internal IReadOnlySet<string> ProcessorFlags()
    {
        var line = Text("/proc/cpuinfo").Split('\n').FirstOrDefault(static l => l.StartsWith("flags", StringComparison.Ordinal) || l.StartsWith("Features", StringComparison.Ordinal));
        return line is null ? new HashSet<string>() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
    }
}
