using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Rules;

/// <summary>rules/skerry.yaml: it loads without a word, and each rule fires on its attack and not beside it.</summary>
public sealed class OwnRuleTests
{
    private static ContainerFacts Container => Make.Container();

    [Fact]
    public void The_nodes_own_rules_load_without_a_warning()
    {
        var (_, result) = Load();
        Assert.True(result.IsSuccessful, result.ToString());
        Assert.True(result.Warnings.Count == 0, result.ToString());
    }

    [Fact]
    public void Each_of_the_nodes_own_rules_fires_on_its_attack_and_not_beside_it()
    {
        var set = Load().Loader.Set;
        var evaluator = new RuleEvaluator(set);
        var scenes = Scenes().ToList();
        foreach (var scene in scenes)
        {
            Assert.Equal([scene.Rule], evaluator.Judge(scene.Hit).ToArray().Select(static r => r.Name));
            Assert.Equal([], evaluator.Judge(scene.Miss).ToArray().Select(static r => r.Name).Where(n => n == scene.Rule));
        }

        Assert.Equal([], set.Rules.Select(static r => r.Name).Except(scenes.Select(static s => s.Rule), StringComparer.Ordinal));
    }

    private static IEnumerable<StockScene> Scenes()
    {
        yield return new("Shell below a server", Make.Exec(In("sh -c id", Make.Process("nginx"))), Make.Exec(In("sh -c id", Make.Process("tini"))));
        yield return new("Shell with a terminal", Make.Exec(Make.Process("bash", container: Container, tty: 1)), Make.Exec(Make.Process("bash", tty: 1)));
        yield return new("Program that is not of the image", Make.Exec(With("/tmp/x", static p => p.IsExecutableInUpperLayer = true)), Make.Exec(With("/bin/x", static p => p.IsExecutableInUpperLayer = false)));
        yield return new("Program without a file", Make.Exec(With("memfd:x", static p => p.IsExecutableInMemory = true)), Make.Exec(In("x")));
        yield return new("Working directory behind a leaked descriptor", Make.Exec(With("x", static p => p.WorkingDirectory = "(unreachable)/sys/fs/cgroup/")), Make.Exec(In("x")));
        yield return new("Program of another process overwritten", Make.Open(In("x"), "/usr/bin/runc", Make.WriteOnly, raw: "/proc/self/exe"), Make.Open(In("x"), "/usr/bin/runc", raw: "/proc/self/exe"));
        yield return new("Program of another process overwritten", Make.Open(In("x"), "/usr/bin/runc", raw: "/proc/12/exe"), Make.Open(In("x"), "/usr/bin/runc", raw: "/proc/12/maps"));
        yield return new("Handler of the kernel written", Make.Open(In("x"), "/proc/sys/kernel/core_pattern", Make.WriteOnly), Make.Open(In("x"), "/proc/sys/kernel/core_pattern"));
        yield return new("Handler of the kernel written", Make.Open(In("x"), "/mnt/p/sys/kernel/core_pattern", Make.WriteOnly), Make.Open(In("x"), "/sbin/modprobe", Make.WriteOnly));
        yield return new("Handler of the kernel written", Create("/proc/sys/kernel/core_pattern"), Create("/tmp/core_pattern"));
        yield return new("Program of another process overwritten", Create("/proc/12/exe"), Create("/proc/12/maps"));
        yield return new("Another process written", Create("/proc/12/mem"), Create("/proc/12/mem", -13));
        yield return new("Disk opened", Create("/dev/sda1"), Create("/tmp/sda1"));
        yield return new("Another process written", ByHandle("/proc/12/mem", Make.ReadWrite), ByHandle("/proc/12/mem", Make.ReadOnly));
        yield return new("Disk opened", Make.Open(In("x"), "/dev/sda1"), Make.Open(In("x"), "/dev/sda1", result: -13));
        yield return new("Socket of a container engine", Socket("/run/docker.sock"), Socket("/run/other.sock"));
        yield return new("Namespace entered or made", Make.Event("unshare", In("x"), 0, ("flags", 0x10000000)), Make.Event("unshare", In("x"), 0, ("flags", 0x20000)));
        yield return new("Kernel extended", Make.Event("bpf", In("x"), 3, ("cmd", 5)), Make.Event("bpf", In("x"), 3, ("cmd", 1)));
        yield return new("Mount in a container", Make.Event("mount", In("x")), Make.Event("mount", In("x"), -1));
        yield return new("Another process written", Make.Event("ptrace", In("x"), 0, ("request", 16)), Make.Event("ptrace", In("x"), 0, ("request", 0)));
        yield return new("Another process written", Make.Open(In("x"), "/proc/12/mem", Make.ReadWrite), Make.Open(In("x"), "/proc/12/mem"));
        yield return new("Raw packets", Make.Event("socket", In("x"), 3, ("domain", 17)), Make.Event("socket", In("x"), 3, ("domain", 2)));
        yield return new("Raw packets of a protocol", Make.Event("socket", In("x"), 3, ("domain", 2), ("type", 524291), ("proto", 6)), Make.Event("socket", In("x"), 3, ("domain", 2), ("type", 3), ("proto", 1)));
        yield return new("Raw packets of a protocol", Make.Event("socket", In("x"), 3, ("domain", 10), ("type", 3), ("proto", 255)), Make.Event("socket", In("x"), 3, ("domain", 2), ("type", 1), ("proto", 6)));
        yield return new("Metadata of the cloud asked", Make.Connect(In("x"), "169.254.169.254", 80), Make.Connect(In("x"), "169.254.169.253", 80));
    }

    private static ProcessFacts In(string commandLine, ProcessFacts? parent = null) => Make.Process(commandLine, parent, Container);

    private static ProcessFacts With(string commandLine, Action<ProcessFacts> change)
    {
        var process = In(commandLine);
        change(process);
        return process;
    }

    /// <summary>creat(2), which always writes and has no flags.</summary>
    private static KernelEvent Create(string path, int result = 3) => Opened("creat", path, result, ("name", path), ("mode", 0x1A4));

    private static KernelEvent ByHandle(string path, long flags) => Opened("open_by_handle_at", path, 3, ("flags", flags), ("path", path));

    private static KernelEvent Opened(string type, string path, int result, params ReadOnlySpan<(string, object)> arguments)
    {
        var e = Make.Event(type, In("x"), result, arguments);
        (e.DescriptorNumber, e.Descriptor) = (result, new DescriptorFacts { Kind = DescriptorKind.File, Name = path, RawName = path });
        return e;
    }

    private static KernelEvent Socket(string path)
    {
        var e = Make.Event("connect", In("x"));
        e.Descriptor = new DescriptorFacts { Kind = DescriptorKind.Unix, Name = path };
        return e;
    }

    private static (RuleLoader Loader, LoadResult Result) Load()
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        return (loader, loader.Load("skerry.yaml", RuleSources.Read("skerry.yaml")));
    }
}
