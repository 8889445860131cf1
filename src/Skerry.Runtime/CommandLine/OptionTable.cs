namespace Skerry.Runtime.CommandLine;

/// <summary>
/// The options that runc(8) 1.1 and crun(1) take, and whether each takes a value: what must be known to find the container id.
/// A name ends in '=' where the option takes a value.
/// </summary>
internal static class OptionTable
{
    private static readonly string[] s_create =
        ["bundle=", "b=", "config=", "f=", "console-socket=", "pid-file=", "no-pivot", "no-new-keyring", "preserve-fds=", "no-subreaper"];

    private static readonly string[] s_run = [.. s_create, "detach", "d", "keep"];

    private static readonly string[] s_exec =
    [
        "console-socket=", "cwd=", "env=", "e=", "tty", "t", "user=", "u=", "additional-gids=", "g=", "process=", "p=", "detach", "d", "pid-file=",
        "process-label=", "apparmor=", "no-new-privs", "cap=", "c=", "preserve-fds=", "cgroup=", "ignore-paused",
    ];

    private static readonly string[] s_update =
    [
        "resources=", "r=", "blkio-weight=", "cpu-period=", "cpu-quota=", "cpu-share=", "cpu-rt-period=", "cpu-rt-runtime=", "cpu-burst=",
        "cpu-idle=", "cpuset-cpus=", "cpuset-mems=", "kernel-memory=", "kernel-memory-tcp=", "memory=", "memory-reservation=", "memory-swap=",
        "pids-limit=", "l3-cache-schema=", "mem-bw-schema=",
    ];

    /// <summary>Options before the command.</summary>
    internal static readonly string[] Global =
        ["root=", "log=", "log-format=", "debug", "systemd-cgroup", "cgroup-manager=", "rootless=", "criu=", "version", "v", "help", "h"];

    /// <summary>The options of a command, or null where there is no such command.</summary>
    internal static string[]? Of(string command) => command switch
    {
        "create" => s_create,
        "run" => s_run,
        "exec" => s_exec,
        "update" => s_update,
        "start" or "state" or "pause" or "resume" or "features" => [],
        "kill" => ["all", "a"],
        "delete" => ["force", "f"],
        "ps" => ["format=", "f="],
        "list" => ["format=", "f=", "quiet", "q"],
        "events" => ["stats", "interval="],
        "spec" => ["bundle=", "b=", "file=", "f=", "rootless"],
        "checkpoint" or "restore" => ["*"],
        _ => null,
    };

    /// <summary>Whether the first operand is a container id.</summary>
    internal static bool TakesId(string command) => command is not ("list" or "features" or "spec" or "checkpoint" or "restore");

    /// <summary>Whether what follows the container id is not looked at: a command of the container, options of ps(1).</summary>
    internal static bool StopsAtId(string command) => command is "exec" or "ps";
}
