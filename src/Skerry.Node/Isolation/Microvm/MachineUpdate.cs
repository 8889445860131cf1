using System.Text.Json;
using Google.Protobuf;
using Skerry.Contracts.Node.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;
using Guest = Skerry.Contracts.Guest.V1;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Puts new limits of a container in force: in its control group, which is the guest's, and in the size of its machine, which is the sum of what its
/// containers may use. The machine itself has had all that it can grow to since its start; a balloon in the guest holds what it may not use, and
/// the jail's limit follows.
/// </summary>
internal sealed class MachineUpdate(JailGround ground, MicrovmOptions options)
{
    private const long CpuPeriod = (long)ResourceWriter.CpuPeriod;

    /// <summary>
    /// Changes limits; of what is asked for 0 changes nothing.
    /// <list type="number">
    /// <item>Refuse what this machine cannot have; wait, for a moment, where it still boots.</item>
    /// <item>Growing: the jail may use more, then the guest, then the container.</item>
    /// <item>Shrinking: the container may use less, then the guest, then the jail.</item>
    /// </list>
    /// When a step fails those before it are undone. A copy of a template shrinks in the container's limit only: its pages are the template's.
    /// </summary>
    /// <param name="pod">The pod, as it is.</param>
    /// <param name="name">The container's name in its spec.</param>
    /// <param name="id">The container.</param>
    /// <param name="asked">What is to change.</param>
    /// <param name="after">All limits of the container when it has.</param>
    /// <exception cref="SpecRefusedException">The machine cannot have it.</exception>
    /// <exception cref="IsolationException">It could not be put in force.</exception>
    internal async Task Apply(TierPod pod, string name, string id, Resources asked, Resources after)
    {
        // 1. what cannot be, and whether the guest is there
        var paths = MachinePaths.Of(pod);
        var machine = Read(paths);
        var before = pod.Spec.Containers.First(c => c.Name == name).Resources ?? new Resources();
        var spec = pod.Spec.Clone();
        spec.Containers.First(c => c.Name == name).Resources = after;
        var (from, to) = (Shape(pod.Spec, machine), Shape(spec, machine));
        Check(machine, asked, to);
        var changesMemory = to.MemoryMebibytes != from.MemoryMebibytes;
        var use = await GuestClient.CallWhenUp(paths, "Stats", new Guest.StatsRequest { Container = id }, Guest.StatsResponse.Parser).ConfigureAwait(false);
        if (asked.MemoryBytes > 0 && (before.MemoryBytes == 0 || asked.MemoryBytes < before.MemoryBytes))
        {
            CheckUse(use, asked.MemoryBytes);
        }

        var undo = new Stack<Func<Task>>();
        try
        {
            // 2. growing
            if (changesMemory && to.MemoryMebibytes > from.MemoryMebibytes)
            {
                var now = machine.Copies is null ? 0 : await MachineSize.Now(paths).ConfigureAwait(false);
                var size = to with { MemoryMebibytes = Math.Max(to.MemoryMebibytes, now) };
                Limit(pod, size);
                undo.Push(() => Task.Run(() => Limit(pod, from)));
                undo.Push(() => MachineSize.Set(paths, Math.Max(from.MemoryMebibytes, now)));
                await MachineSize.Set(paths, size.MemoryMebibytes).ConfigureAwait(false);
            }

            undo.Push(() => InGuest(paths, id, Reverse(before, asked)));
            await InGuest(paths, id, asked).ConfigureAwait(false);

            // 3. shrinking
            if (changesMemory && to.MemoryMebibytes < from.MemoryMebibytes && machine.Copies is null)
            {
                undo.Push(() => MachineSize.Set(paths, from.MemoryMebibytes));
                await MachineSize.Set(paths, to.MemoryMebibytes).ConfigureAwait(false);
                Limit(pod, to);
            }
        }
        catch (Exception error) when (error is IOException or CgroupException)
        {
            await Undo(undo).ConfigureAwait(false);
            throw error as IsolationException ?? new IsolationException(error.Message, error);
        }
    }

    private static async Task Undo(Stack<Func<Task>> undo)
    {
        while (undo.TryPop(out var step))
        {
            try
            {
                await step().ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException or CgroupException)
            {
                // The first failure is the one that is told; what is left of the machine's limits is replaced at its next start.
            }
        }
    }

    private MachineShape Shape(PodSpec spec, VmDocument machine)
    {
        var shape = MachineShape.Of(spec, MachineAnnotations.Apply(spec, options));
        return machine.Copies is null ? shape : shape.Rounded();
    }

    private static VmDocument Read(MachinePaths paths)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(paths.Document), VmJson.Default.VmDocument) ?? throw new JsonException("it is empty");
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            throw new IsolationException($"{paths.Document}: {error.Message}; stop the container and start it again", error);
        }
    }

    private void Check(VmDocument machine, Resources asked, MachineShape to)
    {
        const string Again = "stop it, update, and start it again";
        if (to.MemoryMebibytes > machine.MemoryMebibytes)
        {
            throw new SpecRefusedException(
                "resources.memory_bytes",
                $"with the guest's own the pod's microVM would need {to.MemoryMebibytes} MiB, and it was started with at most {machine.MemoryMebibytes} MiB",
                options.CanGrow ? $"{Again}; default_maxmemory under [microvm], or the annotation of that name, gives a pod more room from its start" : $"{Again}; on this node the memory of machines is fixed (memory_slots = 0)");
        }

        if (asked.CpuMillis > machine.Processors * 1000L)
        {
            throw new SpecRefusedException("resources.cpu_millis", $"the pod's microVM was started with {machine.Processors} processors", Again);
        }

        if (asked.MemorySwapBytes != 0)
        {
            throw new SpecRefusedException("resources.memory_swap_bytes", "a microVM has no swap", "leave it out");
        }
    }

    /// <summary>A guest's kernel ends programs to get below a new limit; that of a node says that it cannot.</summary>
    private static void CheckUse(Guest.StatsResponse use, long limit)
    {
        if (use.MemoryBytes > (ulong)limit)
        {
            throw new SpecRefusedException("resources.memory_bytes", $"the container uses {use.MemoryBytes} bytes, more than the new limit", "give a higher limit, or stop the container first");
        }
    }

    private void Limit(TierPod pod, MachineShape shape) =>
        new Cgroup(ground.Cgroups.Layout, ground.Cgroups.ContainerPath(Machines.IdOf(pod.Record, pod.Id), Machines.IdOf(pod.Record, pod.Id))).Update(new Resources { MemoryBytes = shape.JailBytes });

    private static Task InGuest(MachinePaths paths, string id, Resources wanted) => GuestClient.Call(
        paths, "Update", new Guest.UpdateRequest { Container = id, Resources = ByteString.CopyFrom(Document(wanted)) }, Guest.UpdateResponse.Parser);

    /// <summary>What takes a change back; a limit that there was none of is taken off by -1.</summary>
    internal static Resources Reverse(Resources before, Resources asked) => new()
    {
        MemoryBytes = asked.MemoryBytes == 0 ? 0 : before.MemoryBytes == 0 ? -1 : before.MemoryBytes,
        CpuMillis = asked.CpuMillis == 0 ? 0 : before.CpuMillis == 0 ? -1 : before.CpuMillis,
        CpuShares = asked.CpuShares == 0 ? 0 : before.CpuShares,
        CpusetCpus = asked.CpusetCpus.Length == 0 ? string.Empty : before.CpusetCpus,
        Pids = asked.Pids == 0 ? 0 : before.Pids,
    };

    /// <summary>linux.resources of the OCI runtime specification, of what is named.</summary>
    internal static byte[] Document(Resources wanted)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Limits("memory"u8, wanted.MemoryBytes);
            Limits("pids"u8, wanted.Pids);
            if (wanted.CpuMillis != 0 || wanted.CpuShares > 0 || wanted.CpusetCpus.Length > 0)
            {
                json.WriteStartObject("cpu"u8);
                if (wanted.CpuMillis != 0)
                {
                    json.WriteNumber("quota"u8, wanted.CpuMillis < 0 ? -1 : wanted.CpuMillis * CpuPeriod / 1000);
                    json.WriteNumber("period"u8, CpuPeriod);
                }

                if (wanted.CpuShares > 0)
                {
                    json.WriteNumber("shares"u8, wanted.CpuShares);
                }

                if (wanted.CpusetCpus.Length > 0)
                {
                    json.WriteString("cpus"u8, wanted.CpusetCpus);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();

            void Limits(ReadOnlySpan<byte> group, long limit)
            {
                if (limit != 0)
                {
                    json.WriteStartObject(group);
                    json.WriteNumber("limit"u8, limit);
                    json.WriteEndObject();
                }
            }
        }

        return buffer.ToArray();
    }
}
