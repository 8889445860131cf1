using System.Globalization;
using Skerry.Guest.Containers;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;

namespace Skerry.Guest.Streams;

/// <summary>
/// How the OCI runtime is called. It is detached: it ends when the container's program runs, or with its reason in a file, and what it
/// started becomes a child of this process.
/// </summary>
internal static class Crun
{
    private const string Program = "/usr/bin/crun";
    private const int MaxReason = 2048;

    // Held as long as the machine runs.
    private static FileDescriptor? _sealed;
    private static string _path = "";

    /// <summary>
    /// Copies the program into a sealed file in memory and removes the other: no container can overwrite it (CVE-2019-5736), and crun, which
    /// sees that, does not copy itself at every call.
    /// </summary>
    public static void Seal()
    {
        _sealed = MemoryFile.Create("crun", File.ReadAllBytes(Program));
        _path = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_sealed.Number}");
        FileCalls.Unlink(null, Program);
    }

    /// <summary>Runs a bundle to its end, without streams.</summary>
    public static int RunOnce(string bundle, string name)
    {
        using var child = Spawn.Start(new SpawnRequest
        {
            Path = _path,
            Arguments = ["--root", Container.RuntimeState, "--cgroup-manager", "cgroupfs", "--log", bundle + "/run.log", "run", "--bundle", bundle, "--no-new-keyring", name],
        });
        return child.Wait(Timeout.InfiniteTimeSpan) ?? 0;
    }

    /// <summary>Starts a container from its bundle.</summary>
    public static ChildProcess Run(Container container, string files, string? console, IReadOnlyList<(int, FileDescriptor)> streams) =>
        Start(files, console, streams, ["run", "--bundle", container.Directory], [container.Id]);

    /// <summary>Starts a further process in a container.</summary>
    public static ChildProcess Exec(Container container, string files, string? console, IReadOnlyList<(int, FileDescriptor)> streams) =>
        Start(files, console, streams, ["exec", "--process", files + ".json"], [container.Id]);

    /// <summary>The process that it has started.</summary>
    public static ChildProcess Adopt(string files) =>
        ChildProcess.Adopt(int.Parse(File.ReadAllText(files + ".pid"), CultureInfo.InvariantCulture));

    /// <summary>
    /// Why it did not: its last words, and the exit code that docker gives for them. The words are crun's (libcrun/container.c,
    /// linux.c, utils.c): 127 not found, 126 cannot be run, 125 all else.
    /// </summary>
    public static (int Code, string Reason) Failure(string files, int code)
    {
        var text = File.Exists(files + ".log") ? File.ReadAllText(files + ".log").Trim() : "";
        var line = text[(text.LastIndexOf('\n') + 1)..];
        var time = line.IndexOf("Z: ", StringComparison.Ordinal);
        var reason = time is > 0 and < 40 ? line[(time + 3)..] : line;
        if (reason.Length == 0)
        {
            reason = $"crun ended with {code} and said nothing";
        }

        var kind = Has(reason, "executable file") && (Has(reason, "not found") || Has(reason, "no such file")) ? 127
            : Has(reason, "exec") && Has(reason, "no such file or directory") ? 127
            : Has(reason, "open executable") || Has(reason, "permission denied") || Has(reason, "exec format error") || Has(reason, "is a directory") ? 126
            : 125;
        return (kind, reason.Length > MaxReason ? reason[..MaxReason] : reason);
    }

    private static ChildProcess Start(string files, string? console, IReadOnlyList<(int, FileDescriptor)> streams, string[] verb, string[] last)
    {
        List<string> arguments =
            ["--root", Container.RuntimeState, "--cgroup-manager", "cgroupfs", "--log", files + ".log", verb[0], "--detach", "--pid-file", files + ".pid", .. verb[1..]];
        if (console is not null)
        {
            arguments.AddRange(["--console-socket", console]);
        }

        if (verb[0] == "run")
        {
            arguments.Add("--no-new-keyring");
        }

        arguments.AddRange(last);
        return Spawn.Start(new SpawnRequest { Path = _path, Arguments = arguments, Descriptors = streams, NewSession = true });
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
