using System.Globalization;
using System.Text;
using Skerry.Contracts.Journal.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Sandbox;
using Skerry.Node.Pods;
using Skerry.Node.Survey;

namespace Skerry.Node.Reconcile;

/// <summary>
/// Removes what this node made and nobody owns any more: after a crash in the middle of making or removing. It looks only below the
/// node's own directories and its own cgroup, and at monitors that were started with a bundle there.
/// </summary>
internal sealed class Sweep(NodeRooms rooms)
{
    /// <summary>Sweeps. Runs after the journal was loaded and before anything new is made.</summary>
    internal async Task Run()
    {
        var owned = new HashSet<string>(StringComparer.Ordinal);
        var pods = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pod in rooms.Index.All)
        {
            pods.Add(pod.Id);
            if (pod.Record.Machine is { Parked.Length: > 0 } machine)
            {
                pods.Add(machine.Parked);
            }

            foreach (var container in pod.Containers)
            {
                owned.Add(container.Id);
            }
        }

        await Part("monitors", Monitors).ConfigureAwait(false);
        foreach (var isolator in rooms.Tiers.Isolators)
        {
            await Part("containers", async () =>
            {
                foreach (var id in isolator.Known().Where(id => !owned.Contains(id) && !IsOfPod(id)).ToList())
                {
                    Swept("container", id);
                    await Part($"container {id}", () => isolator.Delete(id, rooms.Paths.Bundle(id))).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }

        await Part("bundles", () => Trees(rooms.Paths.Bundles, owned, "bundle")).ConfigureAwait(false);
        await Part("writable layers", () => Trees(rooms.Paths.Containers, owned, "writable layer")).ConfigureAwait(false);
        await Part("pod directories", () => Trees(rooms.Paths.Pods, pods, "pod directory")).ConfigureAwait(false);
        await Part("jail roots", () =>
        {
            foreach (var root in rooms.Jails.Sweep(rooms.Paths.Bundles, rooms.Index.All.Select(pod => MachinePaths.Of(rooms.Paths.Pod(pod.Id), pod.Record)).SelectMany(static m => new[] { m.Bundle, m.ShareBundle })))
            {
                Swept("jail root", root);
            }
        }).ConfigureAwait(false);
        await Part("trials", Trials).ConfigureAwait(false);
        await Part("streams", rooms.ForgetStreams).ConfigureAwait(false);
        await Part("images", () => rooms.ForgetImages()).ConfigureAwait(false);
        await Part("cgroups", () => rooms.Planner.SweepCgroups(owned, pods, name => Swept("cgroup", name))).ConfigureAwait(false);
        await Part("network", () => rooms.Networking.Sweep(pods)).ConfigureAwait(false);
    }

    private Task Part(string what, Action work) => Part(what, () =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>Does a part. What cannot be swept is told, and is there at the next start: it keeps no node from coming up.</summary>
    private async Task Part(string what, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            rooms.Log.LeftBehind(what, error.Message);
        }
    }

    /// <summary>
    /// Ends monitors of this node that no container in the journal names, and calls of the runtime that the earlier daemon began: none
    /// of them got as far as a container that runs, and what they would still make, nobody would know of.
    /// </summary>
    private async Task Monitors()
    {
        var ended = new List<ProcessIdentity>();
        var known = rooms.Index.All.SelectMany(static p => p.Containers).Select(static c => c.Monitor)
            .Concat(rooms.Index.All.SelectMany(static p => new[] { p.Record.Machine, p.Record.Volumes }).OfType<MachineRecord>().Select(static m => new ProcessIdentity(m.MonitorPid, m.MonitorStart))).ToHashSet();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                || ProcessIdentity.Of(pid) is not { } identity
                || known.Contains(identity)
                || !IsOurs(directory))
            {
                continue;
            }

            if (identity.Signal(9))
            {
                ended.Add(identity);
                Swept("process", pid.ToString(CultureInfo.InvariantCulture));
            }
        }

        for (var tries = 0; tries < 100 && ended.Exists(static process => process.IsAlive()); tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), rooms.Clock).ConfigureAwait(false);
        }
    }

    /// <summary>The first words; a process decides how long its command line is.</summary>
    private static string[] CommandLine(string process)
    {
        const int Most = 16 << 10;
        using var file = File.OpenRead(Path.Combine(process, "cmdline"));
        var bytes = new byte[Most];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, file.ReadAtLeast(bytes, Most, throwOnEndOfStream: false))).Split('\0');
    }

    private bool IsOurs(string process)
    {
        try
        {
            var arguments = CommandLine(process);
            if (arguments.Length > 2 && arguments[1] == "--root" && (arguments[2] == rooms.Paths.RuntimeState || arguments[2] == rooms.Paths.SandboxState))
            {
                return true;
            }

            // A sentry or gofer whose runsc was killed before it wrote down that there is a container.
            if (arguments.Length > 2 && arguments[1] == "--root=" + rooms.Paths.SandboxState)
            {
                return !rooms.Tiers[SandboxTier.TierName].Isolator.Known().Any(id => arguments.Any(a => a.EndsWith(id, StringComparison.Ordinal)));
            }

            var at = Array.IndexOf(arguments, "--bundle");
            return Path.GetFileName(arguments[0]) == "conmon" && at >= 0 && at + 1 < arguments.Length
                && (arguments[at + 1].StartsWith(rooms.Paths.Bundles + "/", StringComparison.Ordinal) || arguments[at + 1].StartsWith(rooms.Paths.Pods + "/", StringComparison.Ordinal))
                && !arguments.Contains("--exec");
        }
        catch (IOException)
        {
            return false; // it ended meanwhile
        }
    }

    /// <summary>What a tier made for a pod as a whole: it goes with the pod.</summary>
    private bool IsOfPod(string id) => rooms.Index.All.Any(pod => rooms.TierOf(pod).Owns(pod.Record, id));

    /// <summary>Directories in which the survey tried something when the daemon was killed.</summary>
    private void Trials()
    {
        using var root = LinuxFile.OpenPath(rooms.Paths.Root, LinuxFile.DirectoryOnly);
        foreach (var path in Directory.EnumerateDirectories(rooms.Paths.Root, TrialGround.Prefix + "*").ToList())
        {
            TreeRemoval.Remove(root, Path.GetFileName(path));
            Swept("trial", Path.GetFileName(path));
        }
    }

    private void Trees(string parent, HashSet<string> owned, string what)
    {
        if (!Directory.Exists(parent))
        {
            return;
        }

        using var opened = LinuxFile.OpenPath(parent, LinuxFile.DirectoryOnly);
        foreach (var path in Directory.EnumerateFileSystemEntries(parent).ToList())
        {
            var name = Path.GetFileName(path);
            if (!owned.Contains(name))
            {
                TreeRemoval.Remove(opened, name);
                Swept(what, name);
            }
        }
    }

    private void Swept(string what, string name)
    {
        rooms.Log.Swept(what, name);
        Meters.NodeMeters.Swept.Add(1, new KeyValuePair<string, object?>("what", what));
    }
}
