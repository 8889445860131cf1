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
/// Machines that were booted once and stopped, to start others from: one for each shape and trust domain, so that pods of two domains never have
/// a page in common. A template belongs to this boot and these files; it is whole when it has its name.
/// </summary>
/// <remarks>Safe for several threads.</remarks>
internal sealed class Templates
{
    private const string Part = ".new-";
    private const string Memory = "memory";
    private const string State = "state";
    private const string Inside = "/run/skerry/template";
    private const string Label = "skerry.io/trust-domain";
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);
    private readonly string _directory;
    private readonly ProcessIsolator _isolator;
    private readonly JailGround _ground;
    private readonly MachineDocuments _documents;
    private readonly NodeOptions _options;
    private readonly Lock _lock = new(); // guards _making
    private readonly Dictionary<string, Task<string?>> _making = new(StringComparer.Ordinal);

    /// <param name="directory">Below the node's run directory.</param>
    /// <param name="isolator">Makes the jails.</param>
    /// <param name="ground">What they stand on.</param>
    /// <param name="documents">What a machine's holder is told.</param>
    /// <param name="options">The configuration.</param>
    internal Templates(string directory, ProcessIsolator isolator, JailGround ground, MachineDocuments documents, NodeOptions options)
    {
        _directory = directory;
        _isolator = isolator;
        _ground = ground;
        _documents = documents;
        _options = options;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var left in Directory.EnumerateDirectories(directory, Part + "*").ToList())
        {
            Directory.Delete(left, recursive: true);
        }
    }

    /// <summary>What a copy's holder is told of its template.</summary>
    internal static VmTemplate Copy { get; } = new($"{Inside}/{Memory}", $"{Inside}/{State}", IsMaking: false);

    /// <summary>How a copy's jail is shown its template.</summary>
    internal static MountPlan Shown(string directory) => Carriers.Shown(directory, Inside, readOnly: false) with { IsOwned = true };

    /// <summary>Whom a pod trusts with pages of its machine: its label says so; without one, whoever published its image.</summary>
    internal static string DomainOf(TierPod pod)
    {
        if (pod.Spec.Labels.TryGetValue(Label, out var named) && named.Length > 0)
        {
            return "label " + named;
        }

        var image = pod.Spec.Containers.Count == 0 ? string.Empty : pod.Spec.Containers[0].Image;
        var slash = image.LastIndexOf('/');
        return "image " + (slash < 0 ? image : image[..slash]);
    }

    /// <summary>The template of a shape in a trust domain, made when there is none; null: none can be had, and a machine boots cold.</summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="domain">The trust domain.</param>
    /// <param name="shape">Size, slots and card.</param>
    /// <param name="root">The jail's root, whose name changes with every program in it.</param>
    internal Task<string?> Ensure(MachineChoice how, string domain, MachineShape shape, Jails.JailRoot root)
    {
        var key = Key(how, domain, shape, root);
        lock (_lock)
        {
            if (!_making.TryGetValue(key, out var making) || making.IsFaulted || (making.IsCompletedSuccessfully && making.Result is { } made && !Directory.Exists(made)))
            {
                making = Task.Run(() => Make(how, key, shape, root));
                _making[key] = making;
            }

            return making;
        }
    }

    private string Key(MachineChoice how, string domain, MachineShape shape, Jails.JailRoot root)
    {
        var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        var text = string.Join('\n', boot, domain, how.Accelerator, shape, root.Name, _options.Microvm);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
    }

    /// <summary>
    /// Makes a template.
    /// <list type="number">
    /// <item>Take the one that is there.</item>
    /// <item>Run a holder that boots a machine of this shape and stops it into files.</item>
    /// <item>When it ended well, open the files to copies and give the directory its name.</item>
    /// </list>
    /// </summary>
    private async Task<string?> Make(MachineChoice how, string key, MachineShape shape, Jails.JailRoot root)
    {
        // 1. there
        var made = Path.Combine(_directory, key);
        if (Directory.Exists(made))
        {
            return made;
        }

        // 2. boot and stop
        var part = Path.Combine(_directory, Part + key);
        await ProcessIsolator.RemoveTree(part).ConfigureAwait(false);
        Directory.CreateDirectory(part);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var bundle = Path.Combine(part, "bundle");
        var ids = IdRange.At(_options.FirstUserId);
        using var users = UserNamespace.Create(ids.HostStart, ids.Count);
        try
        {
            var files = Path.Combine(part, "files");
            Carriers.Own(files, ids);
            var document = _documents.Write(how, shape, [], null, new ConfigureRequest(), Copy with { IsMaking = true });
            await File.WriteAllBytesAsync(Path.Combine(part, "vm.json"), JsonSerializer.SerializeToUtf8Bytes(document, VmJson.Default.VmDocument)).ConfigureAwait(false);
            if (!await Run(how, id, part, bundle, files, ids, users, shape, root).ConfigureAwait(false))
            {
                return null;
            }

            // 3. name
            foreach (var name in new[] { Memory, State })
            {
                using var file = FileCalls.Open(null, Path.Combine(files, name), OpenFlags.Read | OpenFlags.NoFollow);
                FileCalls.SetMode(file, 0x1B6 /* 0666: QEMU before 8.2 opens what it maps privately for writing */);
            }

            using (var directory = FileCalls.Open(null, files, OpenFlags.Directory | OpenFlags.NoFollow))
            {
                FileCalls.SetOwner(directory, 0, 0);
                FileCalls.SetMode(directory, 0x1ED /* 0755 */);
            }

            Directory.Move(files, made);
            return made;
        }
        catch (Exception error) when (error is IOException or SpecRefusedException or UnauthorizedAccessException)
        {
            return null; // a cold boot says what is wrong, if that fails too
        }
        finally
        {
            await _isolator.Delete(id, bundle).ConfigureAwait(false);
            _ground.Cgroups.Remove(id, id);
            _ground.Cgroups.Remove(id, null);
            await ProcessIsolator.RemoveTree(part).ConfigureAwait(false);
        }
    }

    private async Task<bool> Run(MachineChoice how, string id, string part, string bundle, string files, IdRange ids, FileDescriptor users, MachineShape shape, Jails.JailRoot root)
    {
        var jail = new Jail
        {
            Name = "template",
            Arguments = [MachineRoots.Holder, "hold", MachinePaths.DocumentInside],
            Mounts =
            [
                new MountPlan { Destination = "/tmp", SizeBytes = 1 << 20, NoExec = true },
                Carriers.Shown(Path.Combine(part, "vm.json"), MachinePaths.DocumentInside, readOnly: true),
                Shown(files),
                .. Enumerable.Range(0, shape.Slots).Select(i => Carriers.Shown(_documents.Disks.Nothing, MachineDocuments.SlotInside(i), readOnly: true)),
            ],
            MemoryBytes = shape.JailBytes,
            Pids = Machines.JailPids,
        };
        // Behind its card is nothing yet, and so it needs no tap.
        var devices = Machines.Devices(how, hasCard: false);
        using var surroundings = Machines.Surroundings(_isolator, ids, devices);
        var created = await _isolator.Create(new ContainerLaunch
        {
            Id = id,
            Bundle = bundle,
            Writable = Path.Combine(part, "writable"),
            Layers = [root.Directory],
            Users = users,
            FirstUserId = ids.HostStart,
            IsEphemeral = true,
            MonitorCgroups = _ground.Cgroups.MonitorDirectories(id, id),
            Surroundings = surroundings,
            Plan = rootfs => _ground.Plan(id, id, rootfs, ids, jail).With(_isolator.CommonDirectory, devices),
        }).ConfigureAwait(false);
        await _isolator.Start(id, surroundings).ConfigureAwait(false);
        using var monitor = created.MonitorChild;
        var patience = TimeSpan.FromSeconds(_options.Microvm.BootTimeoutSeconds) + Margin;
        await Task.Run(() => monitor.Wait(patience)).ConfigureAwait(false);
        return ProcessIsolator.ExitCode(bundle) == 0;
    }
}
