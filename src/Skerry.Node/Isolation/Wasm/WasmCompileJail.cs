using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation.Wasm;

/// <summary>
/// Compiles a module in a jail of its own: no network, no files but the compiler's, its own user ids, bounded memory, time and output.
/// The module comes in on standard input and the code goes out on standard output, so nothing of the node is mounted. A compiler that a module
/// took over can write whatever it likes, and it counts for that module alone, which runs in a jail as strong.
/// </summary>
internal sealed class WasmCompileJail(ProcessIsolator isolator, string runtimePath, RuntimeChoice runtime, CgroupLayout layout, string directory, string instance, Func<ContainerSpec, SeccompPlan?> seccomp, IdRange users, TimeProvider time)
{
    private const long Memory = 1L << 30;
    private const long Processes = 64;
    private const ulong MaxCodeBytes = 1UL << 30;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private string State => Path.Combine(directory, "state");

    /// <summary>Compiles.</summary>
    /// <param name="root">The compiler's root.</param>
    /// <param name="module">The module.</param>
    /// <param name="code">Where the code goes.</param>
    /// <param name="countsFuel">See <see cref="WasmTier.FuelAnnotation"/>.</param>
    /// <exception cref="IsolationException">It is malformed, or the jail failed.</exception>
    internal async Task Compile(JailRoot root, ReadOnlyMemory<byte> module, FileDescriptor code, bool countsFuel)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"compile-{Environment.ProcessId}-{time.GetTimestamp():x}");
        var bundle = Path.Combine(directory, id);
        var group = new Cgroup(layout, Cgroup.PathOf(instance, id));
        Directory.CreateDirectory(bundle, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var sealedModule = MemoryFile.Create("module", module.Span);
        using var input = FileCalls.Open(null, sealedModule.ProcPath, OpenFlags.Read);
        var (errorRead, errorWrite) = Spawn.Pipe();
        ChildProcess? child = null;
        try
        {
            using (errorWrite)
            {
                await isolator.InImage([root.Directory], null, rootfs =>
                {
                    File.WriteAllBytes(Path.Combine(bundle, "config.json"), OciSpec.Write(Plan(id, root, rootfs, group.Path, countsFuel)));
                    child = Spawn.Start(new SpawnRequest
                    {
                        Path = runtimePath,
                        Arguments = ["--root", State, "run", "--bundle", bundle, id],
                        Descriptors = [(0, input), (1, code), (2, errorWrite)],
                    });
                }).ConfigureAwait(false);
            }

            var said = Task.Run(() => Launchpad.ReadAll(errorRead));
            var end = await Task.Run(() => child!.Wait(Patience)).ConfigureAwait(false);
            if (end != 0)
            {
                if (end is null)
                {
                    child!.Signal(9);
                }

                throw new IsolationException(end is null
                    ? $"compile module: no end within {Patience.TotalSeconds:0} s; it was stopped"
                    : $"compile module: {await Say(said, end.Value).ConfigureAwait(false)}") { ExitCode = 126 };
            }
        }
        finally
        {
            child?.Dispose();
            await Clear(id).ConfigureAwait(false);
            if (group.Exists && group.Kill(time, TimeSpan.FromSeconds(2)))
            {
                group.Remove();
            }

            await ProcessIsolator.RemoveTree(bundle).ConfigureAwait(false);
        }
    }

    /// <summary>Removes jails that an earlier daemon left when it was killed.</summary>
    internal async Task Sweep()
    {
        foreach (var left in Directory.Exists(State) ? Directory.GetDirectories(State) : [])
        {
            await Clear(Path.GetFileName(left)).ConfigureAwait(false);
        }

        await ProcessIsolator.RemoveTree(directory).ConfigureAwait(false);
    }

    private static async Task<string> Say(Task<string> said, int code)
    {
        const int Killed = 137;
        if (code == Killed)
        {
            return $"the compiler was killed: it needs more than {Memory >> 20} MiB, or the node has not that much";
        }

        var lines = (await said.ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? $"exit code {code}" : string.Join("; ", lines.Take(4).Select(static l => l.Length > 200 ? l[..200] : l));
    }

    private async Task Clear(string id)
    {
        if (Directory.Exists(Path.Combine(State, id)))
        {
            await isolator.Launchpad.Run(new SpawnRequest { Path = runtimePath, Arguments = ["--root", State, "delete", "--force", id] }, TimeSpan.FromSeconds(20)).ConfigureAwait(false);
        }
    }

    private ContainerPlan Plan(string id, JailRoot root, string rootfs, string group, bool countsFuel)
    {
        var spec = new ContainerSpec { Name = "compile", Resources = new() { MemoryBytes = Memory, Pids = Processes }, ReadOnlyRootfs = true };
        spec.Entrypoint.AddRange(countsFuel ? [root.Program, "compile", "--fuel"] : [root.Program, "compile"]);
        spec.CapDrop.Add("ALL");
        spec.Rlimits.Add(new Rlimit { Type = "fsize", Soft = MaxCodeBytes, Hard = MaxCodeBytes });
        return new()
        {
            Id = id,
            PodId = id,
            Pod = new() { Name = "compile" },
            Spec = spec,
            Image = new ImageProcess(),
            RootfsPath = rootfs,
            Users = users,
            CgroupsPath = group,
            Cgroup = runtime.View.Mode,
            Runtime = runtime.Kind,
            Seccomp = seccomp(spec),
            Limits = HostLimits.Read(),
            SwapAccounting = layout.SwapAccounting,
            DeviceCgroup = runtime.DeviceCgroup,
        };
    }
}
