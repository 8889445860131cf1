using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.System.Tests.Attacks;

/// <summary>
/// An OCI bundle on disk with a busybox root, run by a real runtime in a mount namespace of its own. Everything it made
/// is gone after Dispose. The attacker's hand is <see cref="Edit"/> (what an image controls) and the shell script it runs.
/// </summary>
internal sealed class OciBundle : IDisposable
{
    private static int _count;

    private readonly List<string> _containers = [];

    public OciBundle(RuntimeKind runtime, bool userNamespace = true)
    {
        Runtime = runtime;
        Id = string.Create(CultureInfo.InvariantCulture, $"skerry-attack-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        Directory = Path.Combine("/tmp", Id);
        Root = Path.Combine(Directory, "rootfs");
        State = Path.Combine(Directory, "state");
        foreach (var path in new[] { "bin", "proc", "sys", "dev", "etc", "tmp", "root", "run" })
            global::System.IO.Directory.CreateDirectory(Path.Combine(Root, path));
        File.Copy("/bin/busybox", Path.Combine(Root, "bin/busybox"));
        foreach (var applet in new[] { "sh", "cat", "ls", "id", "echo", "mount", "umount", "mkdir", "ln", "readlink", "stat", "sleep", "true", "touch", "head", "grep", "wc", "unshare", "mknod", "chroot", "dd", "kill", "ps", "awk", "env", "find", "rm", "test", "seq", "tr", "cut", "chmod", "hostname", "ulimit", "nproc", "sync", "killall", "cp", "mv", "printf", "sort", "ip" })
            File.CreateSymbolicLink(Path.Combine(Root, "bin", applet), "busybox");
        File.WriteAllText(Path.Combine(Root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/home/web:/bin/sh\n");
        File.WriteAllText(Path.Combine(Root, "etc/group"), "root:x:0:\nweb:x:1000:\nextra:x:2000:web\n");

        Plan = new ContainerPlan
        {
            Id = Id,
            PodId = Id,
            Pod = new PodSpec { Name = "attack" },
            Spec = new ContainerSpec { Name = "attack" },
            Image = new ImageProcess { Cmd = ["/bin/sh"] },
            RootfsPath = Root,
            Users = userNamespace ? IdRange.At(1_000_000) : null,
            CgroupsPath = "/" + Id,
            Cgroup = CgroupMode.V1,
            Runtime = runtime,
            Seccomp = null,
            Limits = HostLimits.Read(),
        };
    }

    public RuntimeKind Runtime { get; }

    public string Id { get; }

    public string Directory { get; }

    public string Root { get; }

    public string State { get; }

    public ContainerPlan Plan { get; set; }

    /// <summary>Changes the finished spec: what a careless configuration would have written instead.</summary>
    public Action<JsonNode>? Edit { get; set; }

    /// <summary>Runs before the runtime, in the same shell: descriptors to leak, say.</summary>
    public string Before { get; set; } = "";

    /// <summary>Further options of the runtime's <c>run</c>.</summary>
    public string[] RunOptions { get; set; } = [];

    public static void SkipUnlessPossible(RuntimeKind runtime)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Assert.SkipUnless(File.Exists("/bin/busybox"), "needs busybox-static");
        Assert.SkipUnless(Binary(runtime) is not null, $"needs {runtime}");
    }

    public static string? Binary(RuntimeKind runtime)
    {
        var name = runtime == RuntimeKind.Crun ? "crun" : "runc";
        return new[] { "/usr/bin/", "/usr/sbin/", "/usr/local/bin/" }.Select(d => d + name).FirstOrDefault(File.Exists);
    }

    /// <summary>Runs a shell script in the container; its output (both streams) and exit code.</summary>
    public (int Code, string Output) RunScript(string script)
    {
        var spec = Plan.Spec.Clone();
        spec.Entrypoint.Clear();
        spec.Entrypoint.AddRange(["/bin/sh", "-c"]);
        spec.Args.Clear();
        spec.Args.Add(script);
        Plan = Plan with { Spec = spec };
        return Run();
    }

    /// <summary>Runs the plan as it is.</summary>
    public (int Code, string Output) Run() => Runtimes($"{Before} exec \"$@\"", ["run", .. RunOptions, "--bundle", Directory, WriteBundle()]);

    /// <summary>Starts the plan and leaves it running; fails the test when it does not start.</summary>
    public void RunDetached()
    {
        var log = Path.Combine(Directory, "out");
        var (code, _) = Runtimes($"{Before} exec \"$@\" >'{log}' 2>&1 </dev/null", ["run", .. RunOptions, "--detach", "--bundle", Directory, WriteBundle()]);
        Assert.True(code == 0, File.ReadAllText(log));
    }

    /// <summary>What a container that runs detached has written.</summary>
    public string DetachedOutput => File.ReadAllText(Path.Combine(Directory, "out"));

    /// <summary>Any other command of the runtime on this container.</summary>
    public (int Code, string Output) Invoke(params string[] arguments) => Runtimes("exec \"$@\"", arguments);

    /// <summary>Writes config.json and gives the root to the pod's users, as the snapshotter's id-mapped mount would show it.</summary>
    public string WriteBundle()
    {
        var bytes = OciSpec.Write(Plan);
        if (Edit is not null)
        {
            var json = JsonNode.Parse(bytes)!;
            Edit(json);
            bytes = global::System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
        }

        File.WriteAllBytes(Path.Combine(Directory, "config.json"), bytes);
        if (Plan.Users is { } range)
            Shell(string.Create(CultureInfo.InvariantCulture, $"chown -hR {range.HostStart}:{range.HostStart} '{Root}'; chmod 755 '{Directory}' '{Root}'"));
        _containers.Add(Id);
        return Id;
    }

    public static (int Code, string Output) Shell(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec 2>&1\n" + script);
        start.ArgumentList.Add("sh");
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var deadline = new Timer(_ => process.Kill(entireProcessTree: true), null, TimeSpan.FromSeconds(30), Timeout.InfiniteTimeSpan);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>
    /// crun 1.8 refuses a hybrid layout with controllers in v2; over a tmpfs in a private namespace it sees v1 alone. And it gives what it was
    /// started with to the container's user (fchown(2)), /dev/null too: there it is on a read-only mount.
    /// </summary>
    private (int Code, string Output) Runtimes(string tail, params string[] arguments)
    {
        var view = "if [ -d /sys/fs/cgroup/unified ]; then mount -t tmpfs -o size=8m none /sys/fs/cgroup/unified; fi\nmount --bind /dev/null /dev/null && mount -o remount,bind,ro /dev/null || exit 99\n";
        var script = Runtime == RuntimeKind.Crun
            ? $"exec unshare -m --propagation private sh -c '{view}{tail.Replace("'", "'\\''", StringComparison.Ordinal)}' sh \"$@\""
            : tail;
        return Shell(script, [Binary(Runtime)!, "--root", State, .. arguments]);
    }

    public void Dispose()
    {
        foreach (var id in _containers)
            Invoke("delete", "--force", id);
        Shell($"for h in /sys/fs/cgroup/* /sys/fs/cgroup; do [ -d $h/{Id} ] && find $h/{Id} -depth -type d -exec rmdir {{}} \\; ; done; rm -rf --one-file-system '{Directory}'");
    }
}
