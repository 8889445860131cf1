namespace Skerry.Runtime;

/// <summary>
/// The configuration: lines of <c>key = value</c> in /etc/skerry/runtime.conf, or where SKERRY_RUNTIME_CONFIG says. Keys:
/// <c>runtime</c> (crun, runc or a path; SKERRY_OCI_RUNTIME comes first), <c>harden</c> (words with commas),
/// <c>harden_by_annotation</c> (true or false).
/// </summary>
internal sealed record FrontOptions
{
    private const string DefaultPath = "/etc/skerry/runtime.conf";

    /// <summary>The runtime that must be used, or null: the first of crun and runc that works.</summary>
    internal string? Runtime { get; init; }

    /// <summary>What every container is denied.</summary>
    internal IReadOnlyList<string> Harden { get; init; } = [];

    /// <summary>Whether a bundle may ask for more.</summary>
    internal bool HardenByAnnotation { get; init; }

    /// <summary>Reads configuration and environment.</summary>
    /// <exception cref="RefusedException">The file cannot be read, others may write it, or a line is not understood.</exception>
    internal static FrontOptions Load()
    {
        var path = Environment.GetEnvironmentVariable("SKERRY_RUNTIME_CONFIG");
        var options = new FrontOptions();
        if (path is not null || File.Exists(DefaultPath))
        {
            options = Read(path ?? DefaultPath);
        }

        return Environment.GetEnvironmentVariable("SKERRY_OCI_RUNTIME") is { Length: > 0 } runtime ? options with { Runtime = runtime } : options;
    }

    private static FrontOptions Read(string path)
    {
        string[] lines;
        try
        {
            if ((File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
            {
                throw new RefusedException($"{path} can be written by others than its owner: chmod go-w {path}");
            }

            lines = File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"read {path}: {error.Message}");
        }

        var options = new FrontOptions();
        for (var number = 1; number <= lines.Length; number++)
        {
            var line = lines[number - 1].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var equals = line.IndexOf('=');
            var key = equals < 0 ? line : line[..equals].Trim();
            var value = equals < 0 ? "" : line[(equals + 1)..].Trim().Trim('"');
            options = (key, value) switch
            {
                ("runtime", { Length: > 0 }) => options with { Runtime = value },
                ("harden", _) => options with { Harden = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) },
                ("harden_by_annotation", "true") => options with { HardenByAnnotation = true },
                ("harden_by_annotation", "false") => options with { HardenByAnnotation = false },
                _ => throw new RefusedException($"{path} line {number}: '{line}' is not understood; keys are runtime, harden, harden_by_annotation"),
            };
        }

        return options;
    }
}
