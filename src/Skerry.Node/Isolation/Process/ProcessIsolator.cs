using System.Globalization;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Mounts;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Process;

/// <summary>
/// Containers by an OCI runtime under conmon: crun or runc for the process tier, runsc for the sandbox tier. It owns no state: whoever
/// calls it keeps the journal, and every method can be called again after a crash in its middle.
/// </summary>
internal sealed class ProcessIsolator
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ProcessIsolatorOptions _options;
    private readonly Launchpad _launchpad;
    private readonly Stage _stage;
    private readonly RuntimeDialect _dialect;

    internal ProcessIsolator(ProcessIsolatorOptions options, Launchpad launchpad, Stage stage)
    {
        _options = options;
        _launchpad = launchpad;
        _stage = stage;
        _dialect = options.Dialect;
        Directory.CreateDirectory(options.RuntimeState);
    }

    /// <summary>Starts programs that see what runtimes see.</summary>
    internal Launchpad Launchpad => _launchpad;

    /// <summary>A directory that every user can reach, to be covered in a container's own mount namespace.</summary>
    internal string CommonDirectory => _stage.Temporary;

    /// <summary>
    /// Makes a container and leaves it waiting.
    /// <list type="number">
    /// <item>Make its directories.</item>
    /// <item>In a mount namespace of its own: mount the root file system and volumes.</item>
    /// <item>Compute the plan and write the bundle.</item>
    /// <item>Start the monitor, put it in its cgroup, let it go; it runs the runtime's create.</item>
    /// <item>Read the container's process id.</item>
    /// </list>
    /// After a failure or crash at any step, <see cref="Delete"/> removes what there is.
    /// </summary>
    internal async Task<CreatedContainer> Create(ContainerLaunch launch)
    {
        // 1. directories
        var exits = Path.Combine(launch.Bundle, "x");
        Directory.CreateDirectory(exits, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        MakeWritable(launch);
        File.Delete(Path.Combine(exits, "exit"));
        File.Delete(Path.Combine(exits, "oom"));

        var monitor = await _launchpad.InNewNamespace(() =>
        {
            // 2. mounts
            launch.Surroundings.Prepare?.Invoke();
            _stage.MountRoot(launch.Layers, launch.Writable, launch.Users, launch.IsEphemeral);
            if (KernelMountPoints.NotADirectory(_stage.Root) is { } misplaced)
            {
                throw new SpecRefusedException("image", $"{misplaced} is a link or a file where the kernel's own file system belongs, which would lead a runtime elsewhere", "make it a directory, or leave it out");
            }

            // 3. plan and bundle
            var plan = launch.Plan(_stage.Root);
            plan = plan with { Mounts = Staged(plan.Mounts, launch.Users) };
            File.WriteAllBytes(Path.Combine(launch.Bundle, "config.json"), OciSpec.Write(plan));

            // 4. monitor
            return Monitor.Start(new MonitorPlan
            {
                MonitorPath = _options.MonitorPath,
                RuntimePath = _options.RuntimePath,
                RuntimeState = _options.RuntimeState,
                RuntimeArguments = launch.Surroundings.Arguments,
                TemporaryDirectory = launch.Surroundings.TemporaryDirectory,
                ContainerId = launch.Id,
                SessionId = launch.Id,
                Bundle = launch.Bundle,
                LogPath = launch.LogPath,
                LogSizeMax = launch.LogSizeMax,
                Terminal = launch.Terminal,
                Stdin = launch.Stdin,
                LeaveInputOpen = !launch.StdinOnce,
            });
        }, launch.Surroundings.Network, launch.Surroundings.IsolateNetwork).ConfigureAwait(false);

        using (monitor)
        {
            try
            {
                // 5. process id
                var pid = await Let(monitor, launch.MonitorGroup).ConfigureAwait(false);
                var process = ProcessIdentity.Of(pid) ?? throw new IsolationException($"create container {launch.Id[..12]}: its process {pid} ended before it was started");
                var keeper = ProcessIdentity.Of(monitor.Child.Pid) ?? throw new IsolationException($"create container {launch.Id[..12]}: its monitor ended before it was started");
                return new CreatedContainer(process, keeper, monitor.Child);
            }
            catch
            {
                // Nobody else knows of it: it is reaped when it ends, and until then keeps all that would be reaped after it waiting.
                monitor.Child.Dispose();
                throw;
            }
        }
    }

    /// <summary>Starts a container that waits.</summary>
    internal async Task Start(string id, RuntimeSurroundings surroundings)
    {
        var result = await Runtime(id, [.. surroundings.Arguments, "start", id], surroundings.Prepare).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw RuntimeError.From("start container", result.Error);
        }
    }

    /// <summary>
    /// Runs a further process in a container. The caller attaches between the two pieces of work: the process begins only when
    /// <paramref name="attached"/> has returned.
    /// </summary>
    /// <param name="id">The container.</param>
    /// <param name="session">64 hex digits, unique.</param>
    /// <param name="bundle">The container's bundle.</param>
    /// <param name="plan">What to run.</param>
    /// <param name="group">Where the monitor goes.</param>
    /// <param name="attached">Called with the session's directory when its streams can be taken.</param>
    internal async Task<ExecSession> Exec(
        string id, string session, string bundle, ExecPlan plan, MonitorGroup group, Func<string, Task> attached)
    {
        var directory = Path.Combine(bundle, "exec", session);
        Directory.CreateDirectory(Path.Combine(directory, "x"));
        Monitor? monitor = null;
        try
        {
            var process = Path.Combine(directory, "process.json");
            await File.WriteAllBytesAsync(process, ExecDocument.Write(File.ReadAllBytes(Path.Combine(bundle, "config.json")), plan)).ConfigureAwait(false);
            using var network = _options.NetworkOf(id);
            monitor = await _launchpad.InNewNamespace(() => Monitor.Start(new MonitorPlan
            {
                MonitorPath = _options.MonitorPath,
                RuntimePath = plan.Terminal ? _options.TerminalExecPath ?? _options.RuntimePath : _options.RuntimePath,
                RuntimeState = _options.RuntimeState,
                ContainerId = id,
                SessionId = session,
                Bundle = directory,
                Terminal = plan.Terminal,
                Stdin = plan.Stdin,
                ExecProcess = process,
            }), network).ConfigureAwait(false);
            Release(monitor, group);
            await Task.Run(monitor.WaitForAttachSocket).ConfigureAwait(false);
            await attached(directory).ConfigureAwait(false);
            monitor.Go();
            var pid = await Task.Run(() => monitor.ReadPid("exec")).ConfigureAwait(false);
            return new ExecSession(directory, monitor, pid);
        }
        catch
        {
            monitor?.End();
            monitor?.Dispose();
            await RemoveTree(directory).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops every process of a container where it is (freezer), or lets it go on.</summary>
    internal async Task Freeze(string id, bool frozen)
    {
        var verb = frozen ? "pause" : "resume";
        var result = await Runtime(id, [verb, id]).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw RuntimeError.From($"{verb} container", result.Error);
        }
    }

    /// <summary>
    /// The root file system of a container that does not run. Its mount has no name anywhere and goes with the last descriptor on it;
    /// the caller sees to it that the container is not started meanwhile (one overlay at a time may use a writable directory).
    /// </summary>
    internal Task<FileDescriptor> OpenRoot(IReadOnlyList<string> layers, string writable, FileDescriptor? users) => _launchpad.InNewNamespace(() =>
    {
        _stage.MountRoot(layers, writable, users, isEphemeral: false);
        return FileCalls.Open(null, _stage.Root, OpenFlags.Path | OpenFlags.Directory);
    });

    /// <summary>Mounts an image read-only, for as long as a piece of work takes that wants to look into it.</summary>
    /// <param name="layers">Layer directories, bottom first.</param>
    /// <param name="users">The pod's user namespace; null: the node's.</param>
    /// <param name="work">Gets the place; runs on a thread in a mount namespace that is gone afterwards.</param>
    internal Task InImage(IReadOnlyList<string> layers, FileDescriptor? users, Action<string> work) => _launchpad.InNewNamespace(() =>
    {
        _stage.MountImage(layers, users);
        work(_stage.Root);
        return true;
    });

    /// <summary>The exit code that the monitor wrote, or null.</summary>
    internal static int? ExitCode(string bundle)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(bundle, "x", "exit"));
            return int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code) ? code : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// Removes a container at the runtime, killing what is left of it, and its bundle. No error when there is none. The writable
    /// directory and the log stay.
    /// </summary>
    internal async Task Delete(string id, string bundle)
    {
        if (_dialect.Has(_options.RuntimeState, id) && (!File.Exists(_options.RuntimePath) || await IsOver(id).ConfigureAwait(false)))
        {
            // Where the runtime was removed from the machine nobody can ask it, and what it wrote must not be in the way of another start.
            _dialect.Drop(_options.RuntimeState, id);
        }
        else if (_dialect.Has(_options.RuntimeState, id))
        {
            var result = await Runtime(id, ["delete", "--force", id]).ConfigureAwait(false);
            if (result.ExitCode != 0 && _dialect.Has(_options.RuntimeState, id))
            {
                // The runtime cannot read what it wrote itself: it was killed in the middle of making the container.
                if (_dialect.HasStatus(_options.RuntimeState, id))
                {
                    throw RuntimeError.From($"delete container {id[..12]}", result.Error);
                }

                _dialect.Drop(_options.RuntimeState, id);
            }
        }

        await RemoveTree(bundle).ConfigureAwait(false);
    }

    /// <summary>Has the runtime do what only this one knows.</summary>
    /// <param name="id">The container.</param>
    /// <param name="arguments">The command, with the container in it.</param>
    /// <returns>What it said.</returns>
    /// <exception cref="IsolationException">It refused.</exception>
    internal async Task<string> Ask(string id, IReadOnlyList<string> arguments)
    {
        var result = await Runtime(id, arguments).ConfigureAwait(false);
        return result.ExitCode == 0 ? result.Output : throw RuntimeError.From(arguments[0], result.Error);
    }

    /// <summary>Whether a container that was made has been started.</summary>
    internal bool WasStarted(string id) => _dialect.WasStarted(_options.RuntimeState, id);

    /// <summary>Containers that the runtime knows.</summary>
    internal IEnumerable<string> Known() => _dialect.Known(_options.RuntimeState);

    /// <summary>Sends a signal to a container's program.</summary>
    /// <returns>False: it is gone.</returns>
    internal async Task<bool> Signal(string id, ProcessIdentity process, int signal)
    {
        const int Kill = 9;
        if (_dialect.ProcessIsProgram)
        {
            return process.Signal(signal);
        }

        var result = await Runtime(id, ["kill", id, signal.ToString(CultureInfo.InvariantCulture)]).ConfigureAwait(false);

        // A kernel that does not answer is ended from outside.
        return result.ExitCode == 0 || (signal == Kill ? process.Signal(Kill) : process.IsAlive() ? throw RuntimeError.From("signal", result.Error) : false);
    }

    /// <summary>Where the root directory of a running container is, for reading names of users.</summary>
    internal string RootOf(ProcessIdentity process, ProcessIdentity monitor) => _dialect.ProcessIsProgram
        ? string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Pid}/root")
        : string.Create(CultureInfo.InvariantCulture, $"/proc/{monitor.Pid}/root{_stage.Root}");

    /// <summary>
    /// Removes a directory in which others may be at work still: monitors that end, and execs that are put away, remove and write files of
    /// their own, and what runs in a jail may have nested directories deeper than a path reaches. No error when it is not there.
    /// </summary>
    internal static async Task RemoveTree(string directory)
    {
        const int Tries = 50;
        for (var attempt = 1; Directory.Exists(directory); attempt++)
        {
            try
            {
                using var parent = FileCalls.Open(null, Path.GetDirectoryName(directory)!, OpenFlags.Path | OpenFlags.Directory);
                TreeRemoval.Remove(parent, Path.GetFileName(directory));
            }
            catch (IOException) when (attempt < Tries)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The upper directory is what the container sees as its root: it gets the image's mode and owner, under the pod's ids.</summary>
    private static void MakeWritable(ContainerLaunch launch)
    {
        var work = Path.Combine(launch.Writable, "work");
        if (launch.IsEphemeral && Directory.Exists(work))
        {
            // An earlier start left the mark of a volatile mount there, with which the kernel mounts it no more (overlayfs.rst, "Volatile mount").
            using var writable = FileCalls.Open(null, launch.Writable, OpenFlags.Path | OpenFlags.Directory);
            TreeRemoval.Remove(writable, "work");
        }

        Directory.CreateDirectory(work);
        var upper = Path.Combine(launch.Writable, "upper");
        if (Directory.Exists(upper))
        {
            return;
        }

        var like = FileCalls.Status(null, launch.Layers[^1]) ?? throw new IsolationException($"layer {launch.Layers[^1]} is missing; 'skerry image scrub --repair' fetches it again");
        var making = upper + ".new";
        Directory.CreateDirectory(making);
        using (var opened = FileCalls.Open(null, making, OpenFlags.Directory))
        {
            var first = launch.FirstUserId;
            FileCalls.SetOwner(opened, first + like.Uid, first + like.Gid);
            FileCalls.SetMode(opened, like.Mode & 0xFFF);
        }

        Directory.Move(making, upper);
    }

    /// <summary>Puts a monitor in its control group and has it make the container.</summary>
    /// <returns>The container's process.</returns>
    /// <remarks>
    /// To be moved takes a monitor some 10 ms (<see cref="PodCgroups.Anticipate"/>), in which it could have started the runtime. Where the runtime leaves a single process waiting, that one can be moved
    /// when it is there, and nobody waits for the monitor; a sandbox has grown processes by then.
    /// </remarks>
    private async Task<int> Let(Monitor monitor, MonitorGroup group)
    {
        if (!_dialect.ProcessIsProgram)
        {
            Release(monitor, group);
            return await Task.Run(() => monitor.ReadPid("create container")).ConfigureAwait(false);
        }

        monitor.Go();
        var moving = Task.Run(() => Move(monitor.Child.Pid, group));
        try
        {
            var pid = await Task.Run(() => monitor.ReadPid("create container")).ConfigureAwait(false);
            await moving.ConfigureAwait(false);
            if (group.IsContainers)
            {
                Move(pid, group);
            }

            return pid;
        }
        catch (LinuxException)
        {
            // It is where it must not be; what it has made is removed by who asked for it.
            monitor.End();
            throw;
        }
        finally
        {
            await moving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Puts a monitor in its control group and lets it go.</summary>
    private static void Release(Monitor monitor, MonitorGroup group)
    {
        try
        {
            Move(monitor.Child.Pid, group);
            monitor.Go();
        }
        catch
        {
            // When its start pipe closes, it would begin all the same, and make a container that nobody knows of.
            monitor.End();
            throw;
        }
    }

    private static void Move(int pid, MonitorGroup group)
    {
        if (group.Directory is { } directory)
        {
            Directory.CreateDirectory(directory);
            ProcFile.Write(Path.Combine(directory, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Whether nothing but files is left of a container; what is about to end is given a moment.</summary>
    private async Task<bool> IsOver(string id)
    {
        const int Tries = 10;
        for (var attempt = 1; ; attempt++)
        {
            var remains = _dialect.Remains(_options.RuntimeState, id);
            if (remains != RuntimeRemains.Ending || attempt == Tries)
            {
                return remains == RuntimeRemains.Files;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System).ConfigureAwait(false);
        }
    }

    private async Task<ProgramResult> Runtime(string id, IReadOnlyList<string> arguments, Action? prepare = null)
    {
        using var network = _options.NetworkOf(id);
        return await _launchpad.Run(
            new SpawnRequest { Path = _options.RuntimePath, Arguments = ["--root", _options.RuntimeState, .. arguments] }, Patience, prepare, network).ConfigureAwait(false);
    }

    private List<MountPlan> Staged(IReadOnlyList<MountPlan> mounts, FileDescriptor? users)
    {
        var staged = new List<MountPlan>(mounts.Count);
        for (var i = 0; i < mounts.Count; i++)
        {
            var mount = mounts[i];
            staged.Add(mount.Source is null || mount.IsDevice || mount.IsOwned ? mount : mount with { Source = _stage.MountVolume(i, mount, users) });
        }

        return staged;
    }
}
