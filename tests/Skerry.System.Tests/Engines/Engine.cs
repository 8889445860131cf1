using System.Diagnostics;
using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Engines;

/// <summary>
/// podman or containerd with directories of its own, told to use the published skerry-runtime for every container. Disposing it fails the
/// test when containers, processes, mounts or control groups are left.
/// </summary>
internal abstract class Engine : IAsyncDisposable
{
    private static int _count;

    protected Engine(string beneath)
    {
        Beneath = beneath;
        Name = string.Create(CultureInfo.InvariantCulture, $"skerry-engine-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        Home = Path.Combine(Path.GetTempPath(), Name);
        Directory.CreateDirectory(Home);

        // What an engine is given is one file. podman 4.3 leaves out its --runtime-flag when it deletes, so the root is given here.
        Runtime = Path.Combine(Home, "skerry-runtime");
        File.WriteAllText(Runtime, $"#!/bin/sh\nSKERRY_OCI_RUNTIME={beneath} exec '{Path.GetFullPath(Programs.Front)}' --root '{Home}/state' \"$@\"\n");
        File.SetUnixFileMode(Runtime, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>crun or runc.</summary>
    internal string Beneath { get; }

    /// <summary>Names the control group that all its containers are in.</summary>
    internal string Name { get; }

    internal string Home { get; }

    /// <summary>skerry-runtime over <see cref="Beneath"/>.</summary>
    protected string Runtime { get; }

    /// <summary>The image by the name that the engine knows.</summary>
    protected string Image { get; set; } = string.Empty;

    internal static void SkipUnlessPossible(string program, string beneath)
    {
        Programs.SkipUnlessANodeCanRun();
        Assert.SkipUnless(Find(program) is not null, $"needs {program}: scripts/setup --bench");
        Assert.SkipUnless(Find(beneath) is not null, $"needs {beneath}: apt-get install {beneath}");
        Assert.SkipUnless(File.Exists(Programs.Front), "needs the published skerry-runtime: scripts/build");
    }

    internal static string? Find(string program) =>
        new[] { "/usr/bin", "/usr/sbin", "/usr/local/bin", Path.Combine(Programs.Repository, "artifacts/tools/bin") }.Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);

    /// <summary>Starts the engine, where it is a daemon, and pulls the small image.</summary>
    internal abstract Task Prepare();

    /// <summary>Runs a container to its end and removes it.</summary>
    internal abstract Task<Said> Run(string name, Limits limits, params string[] command);

    /// <summary>Starts a container and leaves it running.</summary>
    internal abstract Task<Said> RunDetached(string name, Limits limits, params string[] command);

    /// <summary>Runs a program in a running container.</summary>
    internal abstract Task<Said> Exec(string name, params string[] command);

    /// <summary>Freezes a container and lets it go on.</summary>
    internal abstract Task<Said> PauseAndResume(string name);

    /// <summary>SIGKILL to a container; waits for its end.</summary>
    internal abstract Task<Said> Kill(string name);

    /// <summary>Removes a container that has ended.</summary>
    internal abstract Task<Said> Remove(string name);

    /// <summary>Ends the engine.</summary>
    protected virtual Task End() => Task.CompletedTask;

    protected static Task<Said> Call(string program, IEnumerable<string> arguments, params (string, string)[] environment) =>
        Running.ToEnd(Running.Start(Find(program)!, arguments, environment));

    /// <summary>
    /// What is on the machine and names the engine's directory or group. The parent group that podman was told to use is its user's, and
    /// the group of its monitors is podman's own: both may stay when they are empty.
    /// </summary>
    private async Task<string> Left()
    {
        var found = Leftovers.All().Where(p => p.Words.Contains(Home + "/", StringComparison.Ordinal) && p.Pid != Environment.ProcessId)
            .Select(static p => $"process {p.Pid}: {p.Words}").ToList();
        var said = await Running.Shell(
            $"find /sys/fs/cgroup -type d -path '*{Name}*' 2>/dev/null | grep -vE '{Name}(/conmon)?$'; " +
            $"grep -F ' {Home}/' /proc/self/mountinfo | cut -d' ' -f5 | grep -v '/podman/root/overlay$'; " +
            $"find '{Home}/state' -mindepth 1 -type d 2>/dev/null | grep -vE '/state(/test)?(/crun|/runc)?$'; true");
        found.AddRange(said.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return string.Join('\n', found);
    }

    public async ValueTask DisposeAsync()
    {
        await End();
        var left = "?";
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(20) && (left = await Left()).Length > 0)
        {
            await Task.Delay(50);
        }

        await Running.Shell(
            $"for p in /proc/[0-9]*; do [ $p != /proc/$$ ] && grep -qF '{Home}/' $p/cmdline 2>/dev/null && kill -KILL ${{p#/proc/}}; done; " +
            $"find /sys/fs/cgroup -depth -type d -path '*{Name}*' -exec rmdir {{}} + 2>/dev/null; " +
            $"grep -F '{Home}/' /proc/self/mountinfo | cut -d' ' -f5 | sort -r | while read -r m; do umount -l \"$m\"; done; rm -rf --one-file-system '{Home}'; true");
        Assert.True(left.Length == 0, "the engine left something behind:\n" + left);
    }

    /// <summary>0 is no limit.</summary>
    internal sealed record Limits(int MemoryMiB = 0, int Pids = 0, double Cpus = 0);
}
