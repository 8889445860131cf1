using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Namespaces;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Makes templates: boots a machine in a jail of its own, like that of a pod, and stops it when its guest has answered. It is not configured, so
/// what copies have in common is nothing that tells them apart.
/// </summary>
internal sealed class TemplateMaker
{
    private const int SigKill = 9;
    private const string Part = ".new-";
    private const string Memory = "memory";
    private const string State = "state";
    private const string Inside = "/run/skerry/template";
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);
    private readonly string _directory;
    private readonly ProcessIsolator _isolator;
    private readonly JailGround _ground;
    private readonly MachineDocuments _documents;
    private readonly NodeOptions _options;

    /// <param name="directory">Below the node's run directory; what an earlier daemon left there is removed.</param>
    /// <param name="isolator">Makes the jails.</param>
    /// <param name="ground">What they stand on.</param>
    /// <param name="documents">What a machine's holder is told.</param>
    /// <param name="options">The configuration.</param>
    internal TemplateMaker(string directory, ProcessIsolator isolator, JailGround ground, MachineDocuments documents, NodeOptions options)
    {
        _directory = directory;
        _isolator = isolator;
        _ground = ground;
        _documents = documents;
        _options = options;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var place = FileCalls.Open(null, directory, OpenFlags.Read | OpenFlags.Directory);
        foreach (var left in Directory.EnumerateDirectories(directory, Part + "*").ToList())
        {
            // Its machine may have written there, as deep as it liked.
            TreeRemoval.Remove(place, Path.GetFileName(left));
        }
    }

    /// <summary>
    /// Makes one.
    /// <list type="number">
    /// <item>Run a holder that boots a machine of this shape and stops it into files.</item>
    /// <item>Copy them to files that nobody can change: nothing runs any more that has the first ones.</item>
    /// <item>Remove all that is not the template.</item>
    /// </list>
    /// </summary>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    /// <exception cref="IsolationException">The machine did not come up, or could not be stopped.</exception>
    /// <exception cref="IOException">A step failed.</exception>
    internal async Task<Template> Make(MachineChoice how, MachineShape shape, JailRoot root, CancellationToken cancel)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var part = Path.Combine(_directory, Part + id);
        Directory.CreateDirectory(part);
        var bundle = Path.Combine(part, "bundle");
        var ids = IdRange.At(_options.FirstUserId);
        using var users = UserNamespace.Create(ids.HostStart, ids.Count);
        try
        {
            // 1. boot and stop
            var files = Path.Combine(part, "files");
            Carriers.Own(files, ids);
            var cold = _documents.Write(how, shape, MachineDisks.None, null, new ConfigureRequest());
            var document = cold with { Makes = new VmTemplate($"{Inside}/{Memory}", $"{Inside}/{State}"), KernelParameters = cold.KernelParameters + KernelParameters.Warm };
            await File.WriteAllBytesAsync(Path.Combine(part, "vm.json"), JsonSerializer.SerializeToUtf8Bytes(document, VmJson.Default.VmDocument), cancel).ConfigureAwait(false);
            if (!await Run(how, id, part, bundle, files, ids, users, shape, root, cancel).ConfigureAwait(false))
            {
                cancel.ThrowIfCancellationRequested();
                var said = MicrovmTrial.LastLines(Path.Combine(part, "log"));
                throw new IsolationException(said.Length > 0 ? said : "its machine did not end in time");
            }

            // 2. copy
            using var directory = FileCalls.Open(null, files, OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow);
            var state = Sealed(directory, State);
            return new Template(shape, state, Sealed(directory, Memory));
        }
        finally
        {
            // 3. remove
            await _isolator.Delete(id, bundle).ConfigureAwait(false);
            _ground.Cgroups.Remove(id, id);
            _ground.Cgroups.Remove(id, null);
            await ProcessIsolator.RemoveTree(part).ConfigureAwait(false);
        }
    }

    private static FileDescriptor Sealed(FileDescriptor directory, string name)
    {
        var (opened, error) = FileCalls.OpenBeneath(directory, name, OpenFlags.Read | OpenFlags.NoFollow | OpenFlags.NonBlock);
        using var file = opened ?? throw LinuxException.Of("openat2", name, error);
        return FileCalls.Status(file).Kind == FileKind.Regular
            ? MemoryFile.CopyOf(name, file)
            : throw new IsolationException($"its {name} is no file");
    }

    /// <summary>What a template has in place of a container's disk: nothing is ever written to it.</summary>
    private static string Blank(string directory, int slot, IdRange ids)
    {
        var file = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"blank-{slot}"));
        using var made = FileCalls.Open(null, file, OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive, 0x180 /* 0600 */);
        FileCalls.SetLength(made, 1 << 20);
        FileCalls.SetOwner(made, ids.HostStart, ids.HostStart);
        return file;
    }

    private async Task<bool> Run(MachineChoice how, string id, string part, string bundle, string files, IdRange ids, FileDescriptor users, MachineShape shape, JailRoot root, CancellationToken cancel)
    {
        var jail = new Jail
        {
            Name = "template",
            Arguments = [MachineRoots.Holder, "hold", MachinePaths.DocumentInside],
            Mounts =
            [
                new MountPlan { Destination = "/tmp", SizeBytes = 1 << 20, NoExec = true },
                Carriers.Shown(Path.Combine(part, "vm.json"), MachinePaths.DocumentInside, readOnly: true),
                Carriers.Shown(files, Inside, readOnly: false) with { IsOwned = true },
                .. Enumerable.Range(0, shape.Slots).Select(i => Carriers.Shown(_documents.Layers.Nothing, MachineDocuments.SlotInside(i), readOnly: true)),
                .. Enumerable.Range(0, shape.Writable).Select(i => Carriers.Shown(Blank(part, i, ids), MachineDocuments.WritableInside(i), readOnly: false) with { IsOwned = true }),
            ],
            MemoryBytes = shape.JailBytes,
            Pids = MachineJails.Pids,
        };
        // Behind its card is nothing yet, and so it needs no tap.
        var devices = MachineJails.Devices(how, hasTap: false);
        using var surroundings = MachineJails.Surroundings(_isolator, ids, devices);
        var created = await _isolator.Create(new ContainerLaunch
        {
            Id = id,
            Bundle = bundle,
            Writable = Path.Combine(part, "writable"),
            Layers = [root.Directory],
            Users = users,
            FirstUserId = ids.HostStart,
            IsEphemeral = true,
            LogPath = Path.Combine(part, "log"),
            LogSizeMax = 1 << 20,
            MonitorGroup = _ground.Cgroups.MonitorGroup(id, id),
            Surroundings = surroundings,
            Plan = rootfs => _ground.Plan(id, id, rootfs, ids, jail).With(_isolator.CommonDirectory, devices),
        }).ConfigureAwait(false);
        using var monitor = created.MonitorChild;
        cancel.ThrowIfCancellationRequested();
        await _isolator.Start(id, surroundings).ConfigureAwait(false);
        await using var ending = cancel.Register(() => created.Process.Signal(SigKill));
        var patience = TimeSpan.FromSeconds(_options.Microvm.BootTimeoutSeconds) + Margin;
        await Task.Run(() => monitor.Wait(patience)).ConfigureAwait(false);
        return ProcessIsolator.ExitCode(bundle) == 0;
    }
}
