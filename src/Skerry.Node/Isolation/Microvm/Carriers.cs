using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// The jails that carry containers of a guest: one program, the pod's meeting place and two directories, and no network, no image and no file
/// of the node.
/// </summary>
internal sealed class Carriers(MachineRoots roots, JailGround ground, TimeProvider clock)
{
    private const long Memory = 64 << 20;
    private const long Pids = 256; // of the carrier, and of one for each exec
    private const int MostOutcome = 16 * 1024;
    private static readonly TimeSpan BeginPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan ExecDocumentLife = TimeSpan.FromMinutes(1);

    /// <summary>The jail of a container that will run in a machine.</summary>
    /// <param name="files">The tier's programs.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="inner">Its plan in the process tier.</param>
    /// <param name="start">What the guest is told.</param>
    internal TierJail Jail(GuestFiles files, TierPod pod, TierContainer container, ContainerPlan inner, StreamStart start)
    {
        var paths = new CarrierPaths(container.Bundle);
        Directory.CreateDirectory(paths.Told);
        Own(paths.Said, pod.Ids);
        File.WriteAllBytes(Path.Combine(paths.Told, CarrierPaths.Start), start.ToByteArray());
        File.WriteAllBytes(paths.Document, start.Document.ToByteArray());
        var root = roots.Carrier(files);
        Jails.JailRoots.Mark(container.Bundle, root);
        var jail = new Jail
        {
            Name = "carrier",
            Arguments = [MachineRoots.Holder, "carry", "run", $"{CarrierPaths.ToldInside}/{CarrierPaths.Start}", $"{CarrierPaths.SaidInside}/{CarrierPaths.Outcome}"],
            Mounts =
            [
                Shown(MachinePaths.Of(pod).Meeting, MachinePaths.MeetingInside, readOnly: true) with { IsOwned = true },
                Shown(paths.Told, CarrierPaths.ToldInside, readOnly: true),
                Shown(paths.Said, CarrierPaths.SaidInside, readOnly: false) with { IsOwned = true },
            ],
            MemoryBytes = Memory,
            Pids = Pids,
            Terminal = container.Spec.Tty,
            Stdin = container.Spec.Stdin,
            TerminalSize = inner.TerminalSize,
        };
        return new TierJail { Layers = [root.Directory], Plan = rootfs => ground.Plan(container.Id, pod.Id, rootfs, pod.Ids, jail) };
    }

    /// <summary>What a further process in a container becomes: one more carrier in its jail, which finds the document of the process there.</summary>
    /// <param name="id">The container.</param>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="asked">What to run.</param>
    internal ExecPlan PlanExec(string id, string bundle, ExecStart asked)
    {
        var paths = new CarrierPaths(bundle);
        var plan = new ExecPlan { Arguments = asked.Args, Environment = asked.Env, WorkingDirectory = asked.WorkingDir, Terminal = asked.Tty, Stdin = asked.Stdin };
        var start = new StreamStart
        {
            Container = id,
            Document = ByteString.CopyFrom(ExecDocument.Write(File.ReadAllBytes(paths.Document), plan)),
            Tty = asked.Tty,
            Stdin = asked.Stdin,
            User = asked.User,
        };
        RemoveOld(paths.Told);
        var name = "exec-" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        File.WriteAllBytes(Path.Combine(paths.Told, name), start.ToByteArray());
        return new ExecPlan { Arguments = [MachineRoots.Holder, "carry", "exec", $"{CarrierPaths.ToldInside}/{name}"], Terminal = asked.Tty, Stdin = asked.Stdin };
    }

    /// <summary>Waits until a carrier says that its program has begun, the container has ended, or too much time has passed.</summary>
    internal async Task Begun(string bundle, Task ended, CancellationToken cancel)
    {
        var mark = Path.Combine(new CarrierPaths(bundle).Said, CarryOutcome.StartedMark);
        var asked = clock.GetTimestamp();
        while (!ended.IsCompleted && !File.Exists(mark) && clock.GetElapsedTime(asked) < BeginPatience)
        {
            await Task.WhenAny(ended, Task.Delay(Pause, clock, cancel)).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// How a container ended, as its carrier says. The file is in a directory of the jail: it is opened without following anything, must be a file, is
    /// read to a bound, and what cannot be understood says nothing.
    /// </summary>
    internal static CarryOutcome? Outcome(string bundle)
    {
        var (directory, _) = FileCalls.TryOpen(null, new CarrierPaths(bundle).Said, OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow);
        using (directory)
        {
            if (directory is null)
            {
                return null;
            }

            var (file, _) = FileCalls.OpenBeneath(directory, CarrierPaths.Outcome, OpenFlags.Read | OpenFlags.NoFollow | OpenFlags.NonBlock);
            using (file)
            {
                if (file is null || FileCalls.Status(file) is not { Kind: FileKind.Regular, Size: > 0 and <= MostOutcome } status)
                {
                    return null;
                }

                var bytes = new byte[(int)status.Size];
                var count = FileCalls.Read(file, bytes, 0, CarrierPaths.Outcome);
                try
                {
                    var outcome = JsonSerializer.Deserialize(bytes.AsSpan(0, count), VmJson.Default.CarryOutcome);
                    return outcome?.Reason is null ? null : outcome with { Reason = Printable(outcome.Reason) };
                }
                catch (JsonException)
                {
                    return null;
                }
            }
        }
    }

    private static string Printable(string text)
    {
        var cut = text.Length > CarryOutcome.MaxReason ? text[..CarryOutcome.MaxReason] : text;
        return string.Concat(cut.Select(static c => char.IsControl(c) ? ' ' : c));
    }

    /// <summary>Carriers read their document at once; those of processes that began long ago are only in the way.</summary>
    private void RemoveOld(string directory)
    {
        var old = clock.GetUtcNow() - ExecDocumentLife;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("exec-*").Where(f => f.LastWriteTimeUtc < old.UtcDateTime).ToList())
        {
            file.Delete();
        }
    }

    /// <summary>Makes a directory that belongs to a pod's first user, and that nobody else enters.</summary>
    internal static void Own(string directory, IdRange? ids)
    {
        Directory.CreateDirectory(directory);
        using var opened = FileCalls.Open(null, directory, OpenFlags.Directory | OpenFlags.NoFollow);
        FileCalls.SetOwner(opened, ids?.HostStart ?? 0, ids?.HostStart ?? 0);
        FileCalls.SetMode(opened, 0x1C0 /* 0700 */);
    }

    internal static MountPlan Shown(string source, string destination, bool readOnly) =>
        new() { Source = source, Destination = destination, ReadOnly = readOnly, IsDirectory = Directory.Exists(source), NoExec = true };
}
