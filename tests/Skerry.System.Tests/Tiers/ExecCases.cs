namespace Skerry.System.Tests.Tiers;

/// <summary>Cases of a further process in a container that runs: its environment has <c>OWN=container</c>, its directory is /tmp.</summary>
internal static class ExecCases
{
    internal static readonly TierCase[] All =
    [
        new("exec ends with 0", [], "exit 0", ""),
        new("exec ends with 7", [], "exit 7", "") { Code = 7 },
        new("exec that kills itself", [], "kill -KILL $$", "") { Code = 137 },
        new("exec of what is not there", [], "", "") { Command = ["nothing-here"], Code = 127, Error = "nothing-here" },
        new("exec of what is no program", [], "", "") { Command = ["/etc/passwd"], Code = 126 },
        new("exec's output and error", [], "echo out; echo err >&2", "out\n") { Error = "err" },
        new("exec's input", ["-i"], "cat", "in\n") { Input = "in\n" },
        new("exec without input", [], "cat; echo end", "end\n") { Input = "not given" },
        new("exec's large input", ["-i"], "wc -c", "300000\n") { Input = new string('x', 300_000) },
        new("exec's large output", [], "yes | head -c 300000 | wc -c; yes | head -c 300000", "300000\n" + string.Concat(Enumerable.Repeat("y\n", 150_000))),
        new("exec has the container's variables", [], "echo $OWN $FROM_IMAGE", "container yes\n"),
        new("exec's own variable", ["-e", "K=v"], "echo $K", "v\n"),
        new("exec's variable in place of the container's", ["-e", "OWN=exec"], "echo $OWN", "exec\n"),
        new("exec has the container's directory", [], "pwd", "/tmp\n"),
        new("exec's own directory", ["-w", "/home/app"], "pwd", "/home/app\n"),
        new("exec's user by name", ["-u", "app"], "id -u; id -g", "1000\n1000\n"),
        new("exec's user by number", ["-u", "7:8"], "id -u; id -g", "7\n8\n"),
        new("exec's user has no capability", ["-u", "app"], "grep -E 'Cap(Prm|Eff)' /proc/self/status; echo x 2>/dev/null >>/etc/passwd || echo refused", "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nrefused\n"),
        new("exec sees the container's files", [], "cat /own", "made by the container\n"),
        new("exec sees the container's processes", [], "grep -ac keeper /proc/1/cmdline", "1\n"),
        new("exec shares the container's memory files", [], "echo x >/dev/shm/shared; cat /dev/shm/shared", "x\n"),
        new("exec mounts nothing", [], "mount -t tmpfs none /tmp 2>/dev/null || echo refused", "refused\n"),
        new("exec makes no device", [], "mknod /x b 254 0 2>/dev/null || echo refused", "refused\n"),
        new("exec gains no privileges", [], "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1\n") { NotIn = ["sandbox"] },
        new("exec has the host name", [], "hostname", "keeper\n"),
    ];
}
