namespace Skerry.Bench.Macro.Peers;

/// <summary>
/// Where a run of the bench keeps its things. Storage is on the disk, run-time state on a tmpfs of the bench's own mount namespace,
/// as on a normal system, for all contenders alike.
/// </summary>
/// <param name="Work">On the disk; removed at the end by bench/run.</param>
/// <param name="Dist">The published binaries of Skerry.</param>
/// <param name="Packages">.deb files.</param>
/// <param name="Bench">The directory bench/ of the repository.</param>
internal sealed record Workplace(string Work, string Dist, string Packages, string Bench)
{
    public string Errors => Path.Combine(Work, "errors");

    /// <summary>The program of bench/load, as bench/run built it.</summary>
    public string Load => Path.Combine(Bench, "../artifacts/bench/load/load");

    public string Tmp => Ensure(Path.Combine(Work, "tmp"));

    /// <summary>A directory on the disk.</summary>
    public string Disk(params ReadOnlySpan<string> names) => Ensure(Path.Combine([Work, .. names]));

    /// <summary>A directory on the tmpfs at /run.</summary>
    public static string Run(params ReadOnlySpan<string> names) => Ensure(Path.Combine(["/run/bench", .. names]));

    private static string Ensure(string directory)
    {
        // 0711: the root of a user namespace must be able to pass
        _ = Directory.CreateDirectory(
            directory,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return directory;
    }
}
