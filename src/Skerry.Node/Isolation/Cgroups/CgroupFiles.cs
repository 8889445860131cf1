using System.Globalization;

namespace Skerry.Node.Isolation.Cgroups;

/// <summary>Reads the files of a group. A group or file that is gone reads as nothing: containers end at any moment.</summary>
internal static class CgroupFiles
{
    /// <summary>The file's text; null when there is none.</summary>
    internal static string? Read(string directory, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, file));
        }
        catch (IOException)
        {
            // ENOENT, or ENODEV while the group is being removed
            return null;
        }
    }

    /// <summary>A single number; <c>max</c> and what is not there are null.</summary>
    internal static ulong? Number(string? text) =>
        ulong.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The value after a key, in a file of <c>key value</c> lines.</summary>
    internal static ulong Key(string? text, string key)
    {
        if (text is null)
            return 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(key, StringComparison.Ordinal) && line.Length > key.Length && line[key.Length] == ' ')
                return Number(line[(key.Length + 1)..].ToString()) ?? 0;
        }

        return 0;
    }

    /// <summary>Process ids in a group, its descendants not included.</summary>
    internal static IReadOnlyList<int> Processes(string directory)
    {
        var text = Read(directory, "cgroup.procs");
        return text is null
            ? []
            : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => int.TryParse(l, CultureInfo.InvariantCulture, out var pid) ? pid : 0).Where(p => p > 0)];
    }
}
