using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation.Sandbox;

/// <summary>
/// Finds out by running a container how gVisor works here. Platforms in the order of their speed; kvm is not tried: where /dev/kvm is
/// emulated, a sandbox on it spins without an end. Files of the root are left to the host's file system (no overlay in the sentry's
/// memory), so that what a container writes is in its writable layer; releases before 2023 do so without being told.
/// </summary>
internal sealed class SandboxTrial(string path, CgroupLayout layout, RuntimeView view, string runDirectory, string instance, IdRange users, RuntimeRunner run, TimeProvider time)
{
    private const string NoOverlay = "--overlay2=none";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string[] Platforms = ["systrap", "ptrace"];

    /// <summary>Tries.</summary>
    /// <returns>The first way that works, or null and why none does.</returns>
    internal async Task<(SandboxChoice? Choice, string Reason)> Try()
    {
        var (_, said) = await run(view, path, ["--version"], Patience).ConfigureAwait(false);
        var version = said.Split('\n')[0].Trim();
        List<string> reasons = [];
        foreach (var platform in Platforms)
        {
            foreach (var overlay in new[] { new[] { NoOverlay }, [] })
            {
                IReadOnlyList<string> arguments = ["--platform=" + platform, .. overlay];
                var problem = await Run(arguments).ConfigureAwait(false);
                if (problem.Length == 0)
                {
                    return (new SandboxChoice(version, platform, await Listen(arguments).ConfigureAwait(false), arguments), string.Empty);
                }

                if (!problem.Contains("flag provided but not defined", StringComparison.Ordinal))
                {
                    reasons.Add($"{platform}: {problem}");
                    break;
                }
            }
        }

        return (null, string.Join("; ", reasons));
    }

    /// <summary>Whether it tells what happens in a sandbox: runs another one that is to, and listens. Empty, or why not.</summary>
    private async Task<string> Listen(IReadOnlyList<string> arguments)
    {
        try
        {
            using var stream = new StreamTrial(Path.Combine(runDirectory, "trial-stream"), time);
            var problem = await Run([.. arguments, "--pod-init-config=" + stream.Session]).ConfigureAwait(false);
            return problem.Length == 0 ? await stream.Heard().ConfigureAwait(false)
                : problem.Contains("flag provided but not defined", StringComparison.Ordinal) ? "this runsc has no stream of what happens in a sandbox (no --pod-init-config)" : problem;
        }
        catch (IOException error)
        {
            return error.Message;
        }
    }

    private async Task<string> Run(IReadOnlyList<string> arguments)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"trial-{Environment.ProcessId}-{time.GetTimestamp():x}");
        var directory = Path.Combine(runDirectory, "trial-sandbox");
        var bundle = Path.Combine(directory, id);
        var group = new Cgroup(layout, Cgroup.PathOf(instance, id));
        IReadOnlyList<string> common = ["--root", Path.Combine(directory, "state"), "--network=none", .. arguments];
        try
        {
            TrialBundle.Write(directory, bundle, OciSpec.Write(Plan(id, bundle, group.Path)));
            var (code, output) = await run(view, path, [.. common, "run", "--bundle", bundle, id], Patience).ConfigureAwait(false);

            // gVisor's own kernel may know the call that the trial program makes; that a filter is not there is no fault here.
            return code switch
            {
                0 or TrialProgram.Unfiltered => string.Empty,
                null => $"no end within {Patience.TotalSeconds:0} s",
                _ => $"exit code {code}: {Line(output)}",
            };
        }
        catch (Exception error) when (error is IOException or CgroupException or SpecRefusedException or UnauthorizedAccessException)
        {
            return error.Message;
        }
        finally
        {
            await run(view, path, [.. common, "delete", "--force", id], Patience).ConfigureAwait(false);
            TrialBundle.Remove(directory, group, time);
        }
    }

    private ContainerPlan Plan(string id, string bundle, string group)
    {
        var spec = new ContainerSpec { Name = "trial", Resources = new() { MemoryBytes = 256 << 20, Pids = 512 }, ReadOnlyRootfs = true };
        return new()
        {
            Id = id,
            PodId = id,
            Pod = new() { Name = "trial" },
            Spec = spec,
            Image = new ImageProcess { Cmd = ["/true"] },
            RootfsPath = Path.Combine(bundle, "rootfs"),
            Users = users,
            CgroupsPath = group,
            Cgroup = view.Mode,
            Runtime = RuntimeKind.Runsc,
            Seccomp = null,
            Limits = HostLimits.Read(),
            SwapAccounting = layout.SwapAccounting,
            DeviceCgroup = true,
        };
    }

    /// <summary>The last line that says something: runsc writes its errors there.</summary>
    private static string Line(string text) => text.Split('\n').LastOrDefault(static l => l.Trim().Length > 0)?.Trim() ?? "(it said nothing)";
}
