namespace Skerry.Oci.Manifests;

/// <summary>What an image's process description must keep to: it becomes arguments, environment and paths of a real process.</summary>
internal static class ConfigRules
{
    private const int MaxItems = 8192;

    public static ImageProcess Process(string format, ManifestWire.Process? process)
    {
        if (process is null)
        {
            return new ImageProcess();
        }

        var env = Words(format, "config.Env", process.Env);
        for (var i = 0; i < env.Count; i++)
        {
            if (env[i].IndexOf('=', StringComparison.Ordinal) <= 0)
            {
                throw new OciFormatException(format, null, $"config.Env[{i}] is not NAME=VALUE");
            }
        }

        return new ImageProcess
        {
            User = Word(format, "config.User", process.User),
            ExposedPorts = Words(format, "config.ExposedPorts", process.ExposedPorts?.Keys),
            Env = env,
            Entrypoint = Words(format, "config.Entrypoint", process.Entrypoint),
            Cmd = Words(format, "config.Cmd", process.Cmd),
            Volumes = Words(format, "config.Volumes", process.Volumes?.Keys),
            WorkingDir = Word(format, "config.WorkingDir", process.WorkingDir),
            Labels = DescriptorRules.Annotations(format, "config.Labels", process.Labels),
            StopSignal = Word(format, "config.StopSignal", process.StopSignal),
            Shell = Words(format, "config.Shell", process.Shell),
            ArgsEscaped = process.ArgsEscaped ?? false,
        };
    }

    private static List<string> Words(string format, string at, IEnumerable<string?>? words)
    {
        var result = new List<string>();
        foreach (var word in words ?? [])
        {
            if (result.Count == MaxItems)
            {
                throw new OciFormatException(format, null, $"{at} has more than {MaxItems} entries");
            }

            result.Add(Word(format, at, word));
        }

        return result;
    }

    private static string Word(string format, string at, string? word)
    {
        if (word is not null && word.Contains('\0', StringComparison.Ordinal))
        {
            throw new OciFormatException(format, null, $"{at} holds a NUL character");
        }

        return word ?? "";
    }
}
