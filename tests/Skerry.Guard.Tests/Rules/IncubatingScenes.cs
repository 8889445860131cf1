using Skerry.Guard.Events;

namespace Skerry.Guard.Tests.Rules;

/// <summary>Scenes for falco-incubating_rules.yaml.</summary>
internal static class IncubatingScenes
{
    private const string Outside = "Network Connection outside Local Subnet";

    private static ContainerFacts Container => Make.Container();

    public static IEnumerable<StockScene> All => Files().Concat(Processes()).Concat(Containers()).Concat(Calls());

    private static IEnumerable<StockScene> Files()
    {
        yield return new("Modify Shell Configuration File", Make.Open(Make.Process("vim"), "/root/.bashrc", Make.WriteOnly), Make.Open(Make.Process("bash"), "/root/.bashrc", Make.WriteOnly));
        yield return new("Schedule Cron Jobs", Make.Open(Make.Process("vim"), "/etc/cron.d/x", Make.WriteOnly), Make.Open(Make.Process("vim"), "/etc/cron.d/x"));
        yield return new("Read ssh information", Make.Open(Make.Process("cat"), "/home/x/.ssh/id_rsa"), Make.Open(Make.Process("ssh"), "/home/x/.ssh/id_rsa"));
        yield return new("Create files below dev", Make.Open(Make.Process("cp"), "/dev/.x", Make.WriteOnly | Make.Create), Make.Open(Make.Process("cp"), "/dev/null", Make.WriteOnly | Make.Create));
        yield return new(
            "Delete or rename shell history",
            Make.Event("unlinkat", Make.Process("rm"), 0, ("name", "/root/.bash_history")),
            Make.Event("unlinkat", Make.Process("rm"), 0, ("name", "/root/history")));
        yield return new(
            "Read environment variable from /proc files",
            Make.Open(Make.Process("cat", container: Container), "/proc/1/environ"),
            Make.Open(Make.Process("cat"), "/proc/1/environ"));
        yield return new(
            "Exfiltrating Artifacts via Kubernetes Control Plane",
            Make.Open(Make.Process("tar cf - x", container: Container), "/app/secret"),
            Make.Open(Make.Process("tar cf - x", container: Container), "/usr/share/x"));
        yield return new(
            "Adding ssh keys to authorized_keys",
            Make.Open(Make.Process("tee"), "/root/.ssh/authorized_keys", Make.WriteOnly),
            Make.Open(Make.Process("tee"), "/root/.ssh/known_hosts", Make.WriteOnly));
        yield return new(
            "Backdoored library loaded into SSHD (CVE-2024-3094)",
            Make.Open(Make.Process("sshd"), "/lib/liblzma.so.5.6.1"),
            Make.Open(Make.Process("sshd"), "/lib/liblzma.so.5.4.1"));
    }

    private static IEnumerable<StockScene> Processes()
    {
        yield return new("DB program spawned process", Make.Exec(Make.Process("sh", Make.Process("postgres"))), Make.Exec(Make.Process("postgres", Make.Process("postgres"))));
        yield return new(
            "Program run with disallowed http proxy env",
            Make.Exec(With(Make.Process("curl x"), "http_proxy=http://evil")),
            Make.Exec(With(Make.Process("curl x"), "HOME=/root")));
        yield return new("User mgmt binaries", Make.Exec(Make.Process("useradd x", Make.Process("bash"))), Make.Exec(Make.Process("useradd -D", Make.Process("bash"))));
        yield return new("Launch Suspicious Network Tool on Host", Make.Exec(Make.Process("nmap x")), Make.Exec(Make.Process("map x")));
        yield return new(
            "Potential Local Privilege Escalation via Environment Variables Misuse",
            Make.Exec(With(Make.Process("su"), "GLIBC_TUNABLES=glibc.malloc=x")),
            Make.Exec(With(Make.Process("su"), "GLIBC=glibc.malloc=x")));
    }

    private static IEnumerable<StockScene> Containers()
    {
        yield return new("Launch Privileged Container", Make.Exec(First("x", Make.Container(privileged: true))), Make.Exec(First("x", Make.Container("docker.io/calico/node", privileged: true))));
        yield return new("Launch Excessively Capable Container", Make.Exec(First("x", Container, 1 << 12)), Make.Exec(First("x", Container, 1 << 10)));
        yield return new("Launch Package Management Process in Container", Make.Exec(Make.Process("apk add x", container: Container)), Make.Exec(Make.Process("apk add x", Make.Process("dpkg"), Container)));
        yield return new("Launch Suspicious Network Tool in Container", Make.Exec(Make.Process("socat x", container: Container)), Make.Exec(Make.Process("cat x", container: Container)));
        yield return new("Launch Remote File Copy Tools in Container", Make.Exec(Make.Process("scp x y:", container: Container)), Make.Exec(Make.Process("scp x y:")));
        yield return new(
            "Mount Launched in Privileged Container",
            Make.Exec(Make.Process("mount /dev/sda /mnt", container: Make.Container(privileged: true))),
            Make.Exec(Make.Process("mount -l", container: Make.Container(privileged: true))));
        yield return new("Launch Ingress Remote File Copy Tools in Container", Make.Exec(Make.Process("curl -s -o x http://y", container: Container)), Make.Exec(Make.Process("curl -s http://y", container: Container)));
        yield return new(
            "Contact EC2 Instance Metadata Service From Container",
            Make.Connect(Make.Process("python", container: Container), "169.254.169.254", 80),
            Make.Connect(Make.Process("python"), "169.254.169.254", 80),
            "Contact cloud metadata service from container");
        yield return new(
            "Contact cloud metadata service from container",
            Make.Connect(Make.Process("python", container: Container), "169.254.169.254", 80),
            Make.Connect(Make.Process("python", container: Container), "169.254.169.253", 80),
            "Contact EC2 Instance Metadata Service From Container");
    }

    private static IEnumerable<StockScene> Calls()
    {
        yield return new("Change thread namespace", Make.Event("setns", Make.Process("x", Make.Process("bash"))), Make.Event("setns", Make.Process("nsenter", Make.Process("bash"))));
        yield return new(
            "Change namespace privileges via unshare",
            Make.Event("unshare", Make.Process("unshare", container: Container)),
            Make.Event("unshare", Capable(Make.Process("unshare", container: Container), 1 << 21)));
        yield return new("System procs network activity", Make.Connect(Make.Process("ls"), "93.184.216.34", 80), Make.Connect(Make.Process("python"), "93.184.216.34", 80));
        yield return new("Unexpected UDP Traffic", Make.Connect(Make.Process("x"), "93.184.216.34", 7777, "udp"), Make.Connect(Make.Process("x"), "93.184.216.34", 53, "udp"));
        yield return new(
            "Non sudo setuid",
            Make.Event("setuid", Make.Process("x", user: "bob", uid: 1000), 0, ("uid", 0)),
            Make.Event("setuid", Make.Process("sudo", user: "bob", uid: 1000), 0, ("uid", 0)));
        yield return new(
            "Non sudo setuid",
            Make.Event("setuid", Make.Process("x", user: "nobody", uid: 65534), 0, ("uid", 33)),
            Make.Event("setuid", Make.Process("x", user: "nobody", uid: 65534), 0, ("uid", 65534)));
        yield return new(
            "Set Setuid or Setgid bit",
            Make.Event("fchmodat", Make.Process("chmod u+s x"), 0, ("filename", "x"), ("mode", 0x9ED)),
            Make.Event("fchmodat", Make.Process("chmod u+x x"), 0, ("filename", "x"), ("mode", 0x1ED)));
        yield return new("BPF Program Not Profiled", Make.Event("bpf", Make.Process("x"), 3, ("cmd", 5)), Make.Event("bpf", Make.Process("bpftool"), 3, ("cmd", 5)));
    }

    /// <summary>A rule that nothing can fire on: its list of namespaces is empty. It must load all the same.</summary>
    public static string NeverFires => Outside;

    private static ProcessFacts With(ProcessFacts process, string variable)
    {
        process.Environment = ["PATH=/bin", variable];
        return process;
    }

    private static ProcessFacts First(string commandLine, ContainerFacts container, ulong capabilities = 0)
    {
        var process = Capable(Make.Process(commandLine, container: container), capabilities);
        process.VirtualPid = 1;
        return process;
    }

    private static ProcessFacts Capable(ProcessFacts process, ulong capabilities)
    {
        process.PermittedCapabilities = capabilities;
        return process;
    }
}
