namespace Skerry.Node.Isolation.Process;

/// <summary>How a monitor is started; the flags are conmon 2.1's.</summary>
internal sealed record MonitorPlan
{
    /// <summary>conmon.</summary>
    public required string MonitorPath { get; init; }

    /// <summary>The OCI runtime.</summary>
    public required string RuntimePath { get; init; }

    /// <summary>The runtime's state directory.</summary>
    public required string RuntimeState { get; init; }

    /// <summary>Further arguments for the runtime, before the command.</summary>
    public IReadOnlyList<string> RuntimeArguments { get; init; } = [];

    /// <summary>Container id.</summary>
    public required string ContainerId { get; init; }

    /// <summary>Unique: the container's id, or the exec's.</summary>
    public required string SessionId { get; init; }

    /// <summary>Directory with config.json; for an exec, its own directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>Where it and the runtime keep what is temporary; null: the bundle.</summary>
    public string? TemporaryDirectory { get; init; }

    /// <summary>The log file; null: none.</summary>
    public string? LogPath { get; init; }

    /// <summary>The log is started again from nothing beyond this many bytes; 0: no limit.</summary>
    public long LogSizeMax { get; init; }

    /// <summary>Give it a pseudo terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Give it a standard input.</summary>
    public bool Stdin { get; init; }

    /// <summary>Who leaves does not end the standard input for who comes next.</summary>
    public bool LeaveInputOpen { get; init; }

    /// <summary>Path of an exec's process document; null for a container.</summary>
    public string? ExecProcess { get; init; }

    /// <summary>Whether it monitors an exec.</summary>
    public bool IsExec => ExecProcess is not null;

    /// <summary>Where the runtime writes the process id.</summary>
    public string PidFile => Path.Combine(Bundle, "pid");

    /// <summary>Where the monitor writes the exit code: a file <c>exit</c>.</summary>
    public string ExitDirectory => Path.Combine(Bundle, "x");

    /// <summary>The command line.</summary>
    public IReadOnlyList<string> Arguments()
    {
        List<string> arguments =
        [
            "--api-version", "1",
            "--cid", ContainerId,
            "--cuuid", SessionId,
            "--name", SessionId[..12],
            "--runtime", RuntimePath,
            "--runtime-arg", "--root", "--runtime-arg", RuntimeState,
            .. RuntimeArguments.SelectMany(static a => new[] { "--runtime-arg", a }),
            "--bundle", Bundle,
            "--container-pidfile", PidFile,
            "--persist-dir", ExitDirectory,
            "--full-attach",
            "--socket-dir-path", Bundle,
            "--log-level", "warning",
            "--no-sync-log",
            "--sync",
            "--log-path", LogPath is null ? "none:" : "k8s-file:" + LogPath,
        ];
        if (LogSizeMax > 0)
        {
            arguments.AddRange(["--log-size-max", LogSizeMax.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        }

        if (Terminal)
        {
            arguments.Add("--terminal");
        }

        // A terminal has no end of input but the key for it: who leaves it must not take the keys from those who come after.
        if (Terminal || (Stdin && LeaveInputOpen))
        {
            arguments.Add("--leave-stdin-open");
        }

        if (Stdin)
        {
            arguments.Add("--stdin");
        }

        if (ExecProcess is not null)
        {
            arguments.AddRange(["--exec", "--exec-attach", "--exec-process-spec", ExecProcess]);
        }

        return arguments;
    }
}
