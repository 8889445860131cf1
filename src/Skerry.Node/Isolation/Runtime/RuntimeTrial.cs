using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Seccomp;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation.Runtime;

/// <summary>
/// Picks the OCI runtime by trial: what a version says is not believed, a container that ran is. crun first (it starts
/// in a third of runc's time and takes a compiled filter), then runc. A trial: 1. writes a bundle with the trial program;
/// 2. runs it with a user namespace, limits and the node's seccomp filter, and expects exit code 0; 3. creates it again and
/// reads the limits back from the kernel; 4. starts and deletes it. Nothing of it is left afterwards.
/// </summary>
internal sealed class RuntimeTrial
{
    private const long Memory = 32 << 20;
    private const long Pids = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string[] Directories = ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin"];

    private readonly CgroupLayout _layout;
    private readonly string _directory;
    private readonly string _instance;
    private readonly IdRange _users;
    private readonly RuntimeRunner _run;
    private readonly TimeProvider _time;

    /// <param name="layout">This machine's control groups.</param>
    /// <param name="runDirectory">The node's run directory; the trial makes and removes <c>trial</c> in it.</param>
    /// <param name="instance">Names this node's control groups.</param>
    /// <param name="users">An id range that no pod has.</param>
    /// <param name="run">Starts the runtime in a view.</param>
    /// <param name="time">Measures.</param>
    public RuntimeTrial(CgroupLayout layout, string runDirectory, string instance, IdRange users, RuntimeRunner run, TimeProvider time)
    {
        _layout = layout;
        _directory = System.IO.Path.Combine(runDirectory, "trial");
        _instance = instance;
        _users = users;
        _run = run;
        _time = time;
    }

    /// <summary>Tries every candidate until one works.</summary>
    /// <param name="configured">Only this binary (its name says which kind it is); null: those in the usual directories.</param>
    public async Task<RuntimeTrialResult> Pick(string? configured = null)
    {
        List<RuntimeVerdict> verdicts = [];
        foreach (var kind in new[] { RuntimeKind.Crun, RuntimeKind.Runc })
        {
            var name = kind == RuntimeKind.Crun ? "crun" : "runc";
            var path = configured is null ? Directories.Select(d => System.IO.Path.Combine(d, name)).FirstOrDefault(File.Exists)
                : System.IO.Path.GetFileName(configured).Contains(name, StringComparison.Ordinal) && File.Exists(configured) ? configured : null;
            if (path is null)
            {
                verdicts.Add(new(name, false, "", $"not installed; apt install {name}"));
                continue;
            }

            var version = FirstLine((await _run(RuntimeView.Plain(_layout), path, ["--version"], Patience).ConfigureAwait(false)).Output);
            foreach (var (view, devices) in Ways(kind))
            {
                var started = _time.GetTimestamp();
                var problem = await Try(kind, path, view, devices).ConfigureAwait(false);
                var took = _time.GetElapsedTime(started);
                var detail = $"{version}; {view}{(devices ? "" : "; without a device filter")}";
                verdicts.Add(new(name, problem.Length == 0, detail, problem));
                if (problem.Length == 0)
                    return new(new() { Kind = kind, Path = path, Version = version, View = view, DeviceCgroup = devices, Took = took }, verdicts);
            }
        }

        return new(null, verdicts);
    }

    private IEnumerable<(RuntimeView View, bool Devices)> Ways(RuntimeKind kind)
    {
        yield return (kind == RuntimeKind.Crun && _layout.HidesUnifiedFromCrun ? RuntimeView.LegacyOnly(_layout) : RuntimeView.Plain(_layout), true);

        // On v2 the device filter is a BPF program, which CAP_SYS_RESOURCE or a locked-memory limit may stand against.
        if (_layout.Mode == CgroupMode.V2)
            yield return (RuntimeView.Plain(_layout), false);
    }

    /// <returns>Empty when all went well, else what went wrong.</returns>
    private async Task<string> Try(RuntimeKind kind, string path, RuntimeView view, bool devices)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"trial-{Environment.ProcessId}-{_time.GetTimestamp():x}");
        var bundle = System.IO.Path.Combine(_directory, id);
        var state = System.IO.Path.Combine(_directory, "state");
        var group = new Cgroup(_layout, Cgroup.PathOf(_instance, id));
        Task<(int? Code, string Output)> Invoke(params string[] arguments) => _run(view, path, ["--root", state, .. arguments], Patience);
        try
        {
            // 1.
            TrialBundle.Write(_directory, bundle, OciSpec.Write(Plan(kind, view, devices, id, bundle, group.Path)));

            // 2.
            var (code, output) = await Invoke("run", "--bundle", bundle, id).ConfigureAwait(false);
            if (code != 0)
            {
                return code switch
                {
                    null => $"run: no end within {Patience.TotalSeconds:0} s",
                    TrialProgram.Unfiltered => "it ran the container without the seccomp filter it was given",
                    _ => $"run: exit code {code}: {FirstLine(output)}",
                };
            }

            // 3.
            (code, output) = await Invoke("create", "--bundle", bundle, id).ConfigureAwait(false);
            if (code != 0)
                return $"create: exit code {code}: {FirstLine(output)}";
            var stats = group.Stats();
            if (stats is null || stats.MemoryLimitBytes != Memory || stats.PidsLimit != Pids)
                return $"limits are not in force: memory {stats?.MemoryLimitBytes ?? 0} of {Memory}, pids {stats?.PidsLimit ?? 0} of {Pids}";

            // 4.
            (code, output) = await Invoke("start", id).ConfigureAwait(false);
            return code == 0 ? "" : $"start: exit code {code}: {FirstLine(output)}";
        }
        catch (Exception error) when (error is IOException or CgroupException or SpecRefusedException or UnauthorizedAccessException)
        {
            return error.Message;
        }
        finally
        {
            await Invoke("delete", "--force", id).ConfigureAwait(false);
            TrialBundle.Remove(_directory, group, _time);
        }
    }

    private ContainerPlan Plan(RuntimeKind kind, RuntimeView view, bool devices, string id, string bundle, string group)
    {
        var spec = new ContainerSpec { Name = "trial", Resources = new() { MemoryBytes = Memory, Pids = Pids, CpuMillis = 500 }, ReadOnlyRootfs = true };
        return new()
        {
            Id = id,
            PodId = id,
            Pod = new() { Name = "trial" },
            Spec = spec,
            Image = new ImageProcess { Cmd = ["/true"] },
            RootfsPath = System.IO.Path.Combine(bundle, "rootfs"),
            Users = _users,
            CgroupsPath = group,
            Cgroup = view.Mode,
            Runtime = kind,
            Seccomp = new SeccompProfiles().For(spec),
            Limits = HostLimits.Read(),
            SwapAccounting = _layout.SwapAccounting,
            DeviceCgroup = devices,
        };
    }

    private static string FirstLine(string text) => text.Split('\n').FirstOrDefault(l => l.Trim().Length > 0)?.Trim() ?? "(it said nothing)";
}
