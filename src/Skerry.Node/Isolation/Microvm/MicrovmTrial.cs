using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Namespaces;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Finds out by starting a machine how machines work here, the way they are started for pods. A /dev/kvm that is there proves nothing: where it is
/// emulated a guest's kernel runs so slowly that it never comes up, so it gets a time in which it must answer. The result is kept for this boot and
/// these files.
/// </summary>
internal sealed class MicrovmTrial(Machines machines, NodePaths paths, NodeOptions options, TimeProvider clock)
{
    private const string Kvm = "/dev/kvm";
    private const int MostLines = 3;

    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Tries the VMMs that may be used and are installed.
    /// <list type="number">
    /// <item>Find their programs, and what was found before.</item>
    /// <item>Try each with KVM: one that fails says nothing of the others, which ask other things of it.</item>
    /// <item>Where QEMU's guest did not come up with KVM, try its emulation.</item>
    /// </list>
    /// </summary>
    internal async Task<(MachineChoices? Choices, TierVerdict Verdict)> Try()
    {
        // 1. programs
        var allowed = Vmm.Allowed(options.Microvm);
        var programs = allowed.Select(v => (Vmm: v, Found: GuestFiles.Find(options.Microvm, v))).Where(static p => p.Found.Files is not null).ToDictionary(static p => p.Vmm, static p => p.Found.Files!);
        if (programs.Count == 0)
        {
            var (_, missing, next) = GuestFiles.Find(options.Microvm, allowed[^1]);
            return (null, TierVerdict.No(allowed.Count > 1 && !File.Exists(allowed[^1].Places(options.Microvm).Last()) ? $"{missing}, and neither Firecracker nor Cloud Hypervisor" : missing, next));
        }

        var key = Key(programs.Values);
        if (Load(key) is { } known)
        {
            return Found(programs, known.Found);
        }

        // 2. with KVM
        List<VmmFinding> found = [];
        var hasKvm = File.Exists(Kvm);
        foreach (var vmm in allowed.Where(programs.ContainsKey))
        {
            var (version, problem) = hasKvm ? await Boot(new MachineChoice(programs[vmm], MachineChoice.Kvm) { Vmm = vmm }, TimeSpan.FromSeconds(options.Microvm.KvmTimeoutSeconds)).ConfigureAwait(false) : (null, string.Empty);
            var remark = version is not null ? string.Empty : hasKvm ? $"{Kvm} is there, but a guest did not come up with it: {problem}" : $"there is no {Kvm}";
            found.Add(version is null && vmm.Emulates
                ? await Emulate(programs[vmm], vmm, remark).ConfigureAwait(false)
                : new VmmFinding(vmm.Kind, MachineChoice.Kvm, version ?? string.Empty, remark));
        }

        if (found.Any(static f => f.Works))
        {
            Store(new MicrovmFinding(key, found));
        }

        return Found(programs, found);
    }

    /// <summary>3. emulation; a QEMU that does not take the plugin goes without</summary>
    private async Task<VmmFinding> Emulate(GuestFiles files, Vmm vmm, string remark)
    {
        var choice = new MachineChoice(files, MachineChoice.Emulation) { Vmm = vmm, Sheds = files.Shed is not null };
        var patience = TimeSpan.FromSeconds(options.Microvm.BootTimeoutSeconds);
        var (version, problem) = await Boot(choice, patience).ConfigureAwait(false);
        if (version is null && choice.Sheds)
        {
            choice = choice with { Sheds = false };
            (version, problem) = await Boot(choice, patience).ConfigureAwait(false);
        }

        return new VmmFinding(vmm.Kind, MachineChoice.Emulation, version ?? string.Empty, version is not null ? remark : $"by emulation: {problem}; with KVM: {remark}") { Sheds = choice.Sheds && version is not null };
    }

    private static (MachineChoices? Choices, TierVerdict Verdict) Found(Dictionary<Vmm, GuestFiles> programs, IReadOnlyList<VmmFinding> found)
    {
        var verdict = VmmVerdict.Of(found);
        var working = found.Where(static f => f.Works).Select(f => (Finding: f, Vmm: programs.Keys.First(v => v.Kind == f.Kind))).ToList();
        return working.Count == 0
            ? (null, verdict)
            : (new MachineChoices([.. working.Select(w => new MachineChoice(programs[w.Vmm], w.Finding.Accelerator) { Vmm = w.Vmm, Sheds = w.Finding.Sheds && programs[w.Vmm].Shed is not null })]), verdict);
    }

    private void Store(MicrovmFinding finding) => TrialFile.Write(Cache, JsonSerializer.SerializeToUtf8Bytes(finding, MicrovmJson.Default.MicrovmFinding));

    private string Cache => Path.Combine(paths.Root, "microvm.json");

    private MicrovmFinding? Load(string key)
    {
        try
        {
            var found = JsonSerializer.Deserialize(File.ReadAllBytes(Cache), MicrovmJson.Default.MicrovmFinding);
            return found?.Key == key && found.Found is { Count: > 0 } ? found : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>What the result depends on: boot, configuration and each file's size and time.</summary>
    private string Key(IEnumerable<GuestFiles> programs)
    {
        var text = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() + "\n" + (options.Microvm with { EnableTemplate = false, CacheNumber = 0, CacheBytes = 0 });
        foreach (var file in programs.SelectMany(static f => new[] { f.Vmm, f.Holder, f.Kernel, f.Initrd, f.Shed }).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            var status = FileCalls.Status(null, file);
            text += string.Create(CultureInfo.InvariantCulture, $"\n{file} {status?.Size} {status?.ModifiedSeconds}.{status?.ModifiedNanoseconds} {status?.Inode}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    /// <returns>The guest's kernel, or null and what went wrong.</returns>
    private async Task<(string? Kernel, string Problem)> Boot(MachineChoice choice, TimeSpan patience)
    {
        var ids = IdRange.At(options.FirstUserId);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        using var users = UserNamespace.Create(ids.HostStart, ids.Count);
        var pod = new TierPod
        {
            Id = id,
            Spec = new PodSpec { Name = "trial", Containers = { new ContainerSpec { Name = "trial" } } },
            Ids = ids,
            FindUsers = () => users,
            Directory = Path.Combine(paths.Pods, id),
            FindContainers = static () => [],
            Record = new PodRecord(),
            Keep = static () => Task.CompletedTask,
            Tell = static (_, _) => { },
        };
        var machine = new MachinePaths(pod.Directory);
        try
        {
            await machines.Ensure(choice, pod, new NamespacePlan(), MachineDisks.None, []).ConfigureAwait(false);
            return await Ask(pod, machine, patience).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SpecRefusedException or UnauthorizedAccessException)
        {
            return (null, error.Message);
        }
        finally
        {
            await machines.EndWhole(pod).ConfigureAwait(false);
            await ProcessIsolator.RemoveTree(pod.Directory).ConfigureAwait(false);
        }
    }

    private async Task<(string? Kernel, string Problem)> Ask(TierPod pod, MachinePaths machine, TimeSpan patience)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                var hello = await GuestClient.Call(machine, "Hello", new HelloRequest(), HelloResponse.Parser, patience - clock.GetElapsedTime(began)).ConfigureAwait(false);
                return (Printable(hello.Kernel), string.Empty);
            }
            catch (IsolationException) when (Machines.Process(pod.Record).IsAlive() && clock.GetElapsedTime(began) + AskAgain < patience)
            {
                await Task.Delay(AskAgain, clock).ConfigureAwait(false);
            }
            catch (IsolationException error)
            {
                return (null, FirstError(machine.Log) ?? (LastLines(machine.Log) is { Length: > 0 } said ? $"{error.Message}; its log: {said}" : error.Message));
            }
        }
    }

    /// <summary>What a VMM gave as its reason: the first line of its log that says that it is an error; null: there is none. What follows is what came of it.</summary>
    internal static string? FirstError(string log) => File.Exists(log) && Lines(log).FirstOrDefault(static l => l.Contains("error", StringComparison.OrdinalIgnoreCase)) is { } line ? Printable(line) : null;

    private static IEnumerable<string> Lines(string log)
    {
        const int Prefix = 3;
        return File.ReadLines(log).Select(static l => string.Join(' ', l.Split(' ').Skip(Prefix)));
    }

    /// <summary>The last lines of a machine's log; a monitor puts time, stream and a mark before each.</summary>
    internal static string LastLines(string log) =>
        File.Exists(log) ? Printable(string.Join(" | ", Lines(log).TakeLast(MostLines))) : string.Empty;

    /// <summary>A stranger's text, cut, without what a terminal would obey.</summary>
    internal static string Printable(string text)
    {
        const int Most = 600;
        return string.Concat((text.Length > Most ? text[..Most] : text).Select(static c => char.IsControl(c) ? ' ' : c));
    }
}
