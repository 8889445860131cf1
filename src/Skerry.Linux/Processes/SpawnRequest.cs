namespace Skerry.Linux.Processes;

/// <summary>What a new process gets; everything that is not named here it does not get.</summary>
public sealed record SpawnRequest
{
    /// <summary>Absolute path of the program.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments after the program's name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>KEY=VALUE; the whole environment of the process.</summary>
    public IReadOnlyList<string> Environment { get; init; } = DefaultEnvironment;

    /// <summary>Where it starts; null: where the spawning thread is.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>
    /// Descriptors by the number the process sees them under. 0, 1 and 2 that are not named are /dev/null; all else is closed.
    /// </summary>
    public IReadOnlyList<(int Number, FileDescriptor Descriptor)> Descriptors { get; init; } = [];

    /// <summary>Give the process a session of its own (setsid(2)).</summary>
    public bool NewSession { get; init; }

    /// <summary>A search path and nothing else.</summary>
    public static IReadOnlyList<string> DefaultEnvironment { get; } =
        ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"];
}
