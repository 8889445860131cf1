using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Rules;

/// <summary>The built-in policies: each loads without a word, alone and beside all others, and each of its rules fires on what it forbids and not beside it.</summary>
public sealed class PolicyTests
{
    private static ContainerFacts Container => Make.Container();

    [Fact]
    public void The_policies_are_those_that_the_documentation_names() => Assert.Equal(
        ["crypto-miner", "drift", "egress", "no-bpf", "no-modules", "no-mount", "no-ptrace", "no-shell", "no-userns", "read-only-paths"], BuiltInPolicies.Names);

    [Fact]
    public void Every_policy_loads_alone_without_a_warning()
    {
        foreach (var name in BuiltInPolicies.Names)
        {
            var result = new RuleLoader().Load(name, BuiltInPolicies.Find(name)!);
            Assert.True(result.IsSuccessful && result.Warnings.Count == 0, result.ToString());
            Assert.EndsWith(".", BuiltInPolicies.Describe(name), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_policies_load_on_top_of_the_nodes_own_rules_and_of_each_other()
    {
        var loader = All();
        Assert.Equal(loader.Rules.Count, loader.Rules.Select(static r => r.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Each_rule_fires_on_what_it_forbids_and_not_beside_it()
    {
        var evaluator = new RuleEvaluator(All().Set);
        var scenes = Scenes().ToList();
        List<string> complaints = [];
        foreach (var (index, scene) in scenes.Index())
        {
            if (!Fired(evaluator, scene.Hit).Contains(scene.Rule, StringComparer.Ordinal))
            {
                complaints.Add($"scene {index}, {scene.Rule}: does not fire");
            }

            if (Fired(evaluator, scene.Miss).Contains(scene.Rule, StringComparer.Ordinal))
            {
                complaints.Add($"scene {index}, {scene.Rule}: fires on the near miss");
            }
        }

        Assert.Equal([], complaints);
        Assert.Equal([], All().Rules.Select(static r => r.Name).Where(static n => n.Contains(": ", StringComparison.Ordinal)).Except(scenes.Select(static s => s.Rule), StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_on_the_node_itself_breaks_a_policy()
    {
        var evaluator = new RuleEvaluator(All().Set);
        foreach (var scene in Scenes())
        {
            for (var process = scene.Hit.Process; process is not null; process = process.Parent)
            {
                process.Container = null;
            }

            Assert.Equal([], Fired(evaluator, scene.Hit));
        }
    }

    [Fact]
    public void A_file_of_ones_own_lets_an_image_or_a_network_pass()
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        string[] files =
        [
            BuiltInPolicies.Find("egress")!, BuiltInPolicies.Find("no-shell")!,
            """
            - list: egress_networks
              items: ['"10.0.0.0/8"']
              override:
                items: append
            - list: no_shell_allowed_images
              items: [docker.io/library/nginx]
              override:
                items: append
            """,
        ];
        Assert.All(files, (file, i) => Assert.True(loader.Load($"{i}.yaml", file).IsSuccessful));
        var evaluator = new RuleEvaluator(loader.Set);
        Assert.Equal([], Fired(evaluator, Make.Connect(In("curl"), "10.1.2.3", 443)));
        Assert.Equal([], Fired(evaluator, Make.Exec(In("bash"))));
        Assert.Equal(["egress: connection to a network that is not allowed"], Fired(evaluator, Make.Connect(In("curl"), "11.1.2.3", 443)));
    }

    private static IEnumerable<StockScene> Scenes()
    {
        yield return new("drift: program that the image does not have", Make.Exec(With("/tmp/x", static p => p.IsExecutableInUpperLayer = true)), Make.Exec(With("/bin/x", static p => p.IsExecutableInUpperLayer = false)));
        yield return new("drift: program that was never on a disk", Make.Exec(With("memfd:x", static p => p.IsExecutableInMemory = true)), Make.Exec(In("x")));
        yield return new("drift: program made", Make.Event("chmod", In("x"), 0, ("filename", "/tmp/x"), ("mode", 0x49)), Make.Event("chmod", In("x"), 0, ("filename", "/tmp/x"), ("mode", 0x180)));
        yield return new("drift: program made", Make.Event("openat", In("x"), 3, ("name", "/tmp/x"), ("flags", Make.Create | Make.WriteOnly), ("mode", 0x1ED)), Make.Open(In("x"), "/tmp/x", Make.Create | Make.WriteOnly));
        yield return new("drift: program made", Make.Event("fchmodat2", In("x"), 0, ("filename", "/tmp/x"), ("mode", 0x49)), Make.Event("fchmodat2", In("x"), 0, ("filename", "/tmp/x"), ("mode", 0x180)));
        yield return new("drift: program made", Make.Event("mknod", In("x"), 0, ("path", "/tmp/x"), ("mode", 0x81ED)), Make.Event("mknodat", In("x"), 0, ("path", "/tmp/x"), ("mode", 0x81A4)));
        yield return new("read-only-paths: file moved, removed or made", Make.Event("fchmodat2", In("x"), 0, ("filename", "/usr/bin/ls"), ("mode", 0x49)), Make.Event("fchmodat2", In("x"), 0, ("filename", "/tmp/ls"), ("mode", 0x49)));
        yield return new("no-shell: shell started", Make.Exec(In("bash -i")), Make.Exec(In("python3 -i")));
        yield return new("no-shell: shell started", Make.Exec(With("busybox sh", static p => p.ExecutablePath = "/bin/busybox")), Make.Exec(With("busybox ls", static p => p.ExecutablePath = "/bin/busybox")));
        yield return new("no-shell: shell started", Make.Exec(With("kworker", static p => p.ExecutablePath = "/bin/dash")), Make.Exec(In("kworker")));
        foreach (var line in new[] { "busybox ./sh", "busybox /x/hush", "-sh", "-hush -c id" })
        {
            yield return new("no-shell: shell started", Make.Exec(With(line, static p => (p.ExecutablePath, p.Name) = ("/bin/busybox", "busybox"))), Make.Exec(With("-ls x", static p => (p.ExecutablePath, p.Name) = ("/bin/busybox", "busybox"))));
        }

        foreach (var line in new[] { "/lib64/ld-linux-x86-64.so.2 /bin/sh -c id", "/lib64/ld-linux-x86-64.so.2 --library-path /x bash", "/lib/ld-musl-x86_64.so.1 /bin/busybox" })
        {
            yield return new("no-shell: shell started", Make.Exec(In(line)), Make.Exec(In("/lib64/ld-linux-x86-64.so.2 /bin/ls /etc/shells")));
        }

        yield return new("crypto-miner: connection to a pool", Make.Connect(In("x"), "93.184.216.34", 3333, type: "sendto"), Make.Connect(In("x"), "93.184.216.34", 3333, type: "recvfrom"));
        yield return new("crypto-miner: processor tuned", Create("/proc/sys/vm/nr_hugepages"), Create("/proc/sys/vm/swappiness"));
        yield return new("read-only-paths: file opened to be written", Create("/etc/passwd"), Create("/tmp/passwd"));
        yield return new("read-only-paths: file opened to be written", Make.Open(In("x"), "/etc/passwd", Make.WriteOnly), Make.Open(In("x"), "/etc/passwd"));
        yield return new("read-only-paths: file opened to be written", Make.Open(In("x"), "/home/a/.ssh/authorized_keys", Make.ReadWrite), Make.Open(In("x"), "/etc/hosts", Make.WriteOnly));
        yield return new("read-only-paths: file opened to be written", Make.Open(In("x"), "/usr/bin/ls", Make.WriteOnly), Make.Open(In("x"), "/usr/bin/ls", Make.WriteOnly, result: -30));
        yield return new("read-only-paths: file moved, removed or made", Make.Event("unlinkat", In("x"), 0, ("name", "/usr/bin/ls")), Make.Event("unlinkat", In("x"), 0, ("name", "/tmp/ls")));
        yield return new("read-only-paths: file moved, removed or made", Make.Event("renameat2", In("x"), 0, ("oldpath", "/tmp/a"), ("newpath", "/etc/a")), Make.Event("renameat2", In("x"), 0, ("oldpath", "/tmp/a"), ("newpath", "/var/a")));
        yield return new("read-only-paths: file moved, removed or made", Make.Event("symlink", In("x"), 0, ("target", "/tmp/a"), ("linkpath", "/etc/a")), Make.Event("symlink", In("x"), 0, ("target", "/etc/a"), ("linkpath", "/tmp/a")));
        yield return new("egress: connection to a network that is not allowed", Make.Connect(In("x"), "93.184.216.34", 443), Make.Connect(In("x"), "127.0.0.1", 443));
        yield return new("egress: connection to a network that is not allowed", Make.Connect(In("x"), "2001:db8::1", 443, result: -115), Make.Connect(In("x"), "2001:db8::1", 443, result: -111));
        yield return new("egress: connection to a network that is not allowed", Make.Connect(In("x"), "9.9.9.9", 53, "udp", type: "sendto"), Make.Connect(In("x"), "9.9.9.9", 53, "udp", type: "recvfrom"));
        yield return new("no-ptrace: process taken over", Make.Event("ptrace", In("x"), 0, ("request", 16)), Make.Event("ptrace", In("x"), 0, ("request", 0)));
        yield return new("no-ptrace: process taken over", Make.Event("process_vm_readv", In("x"), 8), Make.Event("process_vm_readv", In("x"), -1));
        yield return new("no-ptrace: process taken over", Make.Open(In("x"), "/proc/12/mem"), Make.Open(In("x"), "/proc/12/maps"));
        yield return new("no-ptrace: process taken over", Make.Open(In("x"), "/proc/12/task/13/mem", Make.ReadWrite), Make.Open(In("x"), "/proc/12/mem", result: -13));
        yield return new("no-modules: module of the kernel", Make.Event("finit_module", In("x"), -1), Make.Event("fstat", In("x")));
        yield return new("no-bpf: bpf or perf_event_open called", Make.Event("bpf", In("x"), -1, ("cmd", 0)), Make.Event("futex", In("x")));
        yield return new("no-mount: mount changed", Make.Event("umount2", In("x"), 0, ("name", "/proc")), Make.Event("umount2", In("x"), -1, ("name", "/proc")));
        yield return new("no-mount: mount changed", Make.Event("pivot_root", In("x")), Make.Event("chroot", In("x")));
        yield return new("no-userns: namespace made or entered", Make.Event("clone", In("x"), 12, ("flags", 0x10000011)), Make.Event("clone", In("x"), 12, ("flags", 0x11)));
        yield return new("no-userns: namespace made or entered", Make.Event("setns", In("x"), 0, ("nstype", 0)), Make.Event("setns", In("x"), -1, ("nstype", 0)));
        yield return new("crypto-miner: miner started", Make.Exec(In("/tmp/xmrig")), Make.Exec(In("/usr/bin/grep xmrig")));
        yield return new("crypto-miner: miner started", Make.Exec(In("/tmp/y -o stratum+tcp://pool:3333")), Make.Exec(In("/tmp/y -o tcp://pool:3333")));
        yield return new("crypto-miner: connection to a pool", Make.Connect(In("x"), "93.184.216.34", 3333), Make.Connect(In("x"), "10.0.0.5", 3333));
        yield return new("crypto-miner: connection to a pool", Make.Connect(In("x"), "93.184.216.34", 443, serverName: "eu.minexmr.com"), Make.Connect(In("x"), "93.184.216.34", 443, serverName: "example.org"));
        yield return new("crypto-miner: processor tuned", Make.Open(In("x"), "/dev/cpu/0/msr", Make.ReadWrite, result: -13), Make.Open(In("x"), "/dev/cpu/0/msr"));
    }

    private static RuleLoader All()
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        foreach (var (name, content) in RuleSources.Own().Concat(BuiltInPolicies.Names.Select(static n => (n, BuiltInPolicies.Find(n)!))))
        {
            var result = loader.Load(name, content);
            Assert.True(result.IsSuccessful && result.Warnings.Count == 0, result.ToString());
        }

        return loader;
    }

    private static string[] Fired(RuleEvaluator evaluator, KernelEvent e) => [.. evaluator.Judge(e).ToArray().Select(static r => r.Name)];

    private static ProcessFacts In(string commandLine) => Make.Process(commandLine, null, Container);

    private static ProcessFacts With(string commandLine, Action<ProcessFacts> change)
    {
        var process = In(commandLine);
        change(process);
        return process;
    }

    /// <summary>creat(2), which always writes and has no flags.</summary>
    private static KernelEvent Create(string path)
    {
        var e = Make.Event("creat", In("x"), 3, ("name", path), ("mode", 0x1A4));
        (e.DescriptorNumber, e.Descriptor) = (3, new DescriptorFacts { Kind = DescriptorKind.File, Name = path, RawName = path });
        return e;
    }
}
