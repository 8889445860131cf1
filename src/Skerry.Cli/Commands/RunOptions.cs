using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;

namespace Skerry.Cli.Commands;

/// <summary>The options of <c>skerry run</c>: docker's, where docker has the thing, and Skerry's own.</summary>
internal static class RunOptions
{
    internal static readonly string[] Tiers = ["process", "sandbox", "microvm", "unikernel", "wasm"];

    internal static Option[] All =>
    [
        Option.Flag("detach", "leave it in the background and print its id", 'd'),
        Option.Flag("rm", "remove it when it has ended"),
        Option.Flag("tty", "give it a terminal", 't'),
        Option.Flag("interactive", "give it standard input", 'i'),
        Option.One("name", "NAME", "call it NAME (a to z, 0 to 9, -); otherwise the node makes a name"),
        Option.One("tier", "TIER", "isolate by this tier and no other (default: auto, the node picks)", choices: [.. Tiers, "auto"]),
        Option.One("min-tier", "TIER", "isolate at least as strongly as this tier; the node picks, and may move it within that when a tier breaks", choices: Tiers),
        Option.One("tee", "KIND", "in a trusted execution environment, or not at all", choices: ["sev", "sev-snp", "tdx", "sgx", "any"]),
        Option.One("runtime-class", "CLASS", "the tier by its Kubernetes name: skerry, skerry-process, skerry-sandbox …"),
        Option.One("memory", "SIZE", "memory at most", 'm'),
        Option.One("memory-swap", "SIZE", "memory and swap at most; -1: as much swap as there is"),
        Option.One("cpus", "N", "cores at most: 0.5 or 500m"),
        Option.One("cpu-shares", "N", "weight against others when cores are short (1024 is usual)", 'c'),
        Option.One("cpuset-cpus", "LIST", "run on these cores only: 0-2,4"),
        Option.One("pids", "N", "processes and threads at most"),
        Option.Many("device-read-bps", "DEVICE:SIZE", "bytes a second read from a device at most"),
        Option.Many("device-write-bps", "DEVICE:SIZE", "bytes a second written to a device at most"),
        Option.Many("device-read-iops", "DEVICE:N", "reads a second from a device at most"),
        Option.Many("device-write-iops", "DEVICE:N", "writes a second to a device at most"),
        Option.One("oom-score-adj", "N", "killed sooner or later when memory runs out: -1000 to 1000"),
        Option.Many("ulimit", "NAME=SOFT[:HARD]", "resource limit: nofile=1024:4096"),
        Option.Many("env", "KEY[=VALUE]", "set a variable; KEY alone takes the value from here", 'e'),
        Option.Many("env-file", "FILE", "variables, one KEY=VALUE a line", completes: Completes.File),
        Option.One("workdir", "DIR", "start in this directory", 'w'),
        Option.One("user", "USER[:GROUP]", "run as this user", 'u'),
        Option.Many("group-add", "GID", "one more group, by number"),
        Option.One("entrypoint", "PROGRAM", "run this instead of the image's entry point"),
        Option.Flag("init", "start it under a small init that reaps zombies"),
        Option.Many("volume", "SRC:DST[:ro]", "mount a file, directory or named volume", 'v', Completes.File),
        Option.Many("mount", "KEY=VALUE,…", "mount: type=bind|volume|tmpfs,src=…,dst=…[,readonly]"),
        Option.Many("tmpfs", "DST[:OPTIONS]", "an empty file system in memory: /tmp:size=64Mi,mode=1777"),
        Option.Many("device", "SRC[:DST[:rwm]]", "pass a device in", completes: Completes.File),
        Option.Flag("read-only", "the root file system cannot be written"),
        Option.Many("publish", "[IP:]HOST:CTR[/udp]", "publish a port", 'p'),
        Option.One("network", "NETWORK", "none, host or the name of a network"),
        Option.One("hostname", "NAME", "its host name", 'h'),
        Option.Many("dns", "ADDRESS", "a name server"),
        Option.Many("dns-search", "DOMAIN", "a domain to search"),
        Option.Many("dns-option", "OPTION", "an option of resolv.conf"),
        Option.Many("cap-add", "CAPABILITY", "give a capability"),
        Option.Many("cap-drop", "CAPABILITY", "take a capability, or ALL"),
        Option.Many("security-opt", "OPTION", "seccomp=FILE or seccomp=unconfined; no-new-privileges is always on"),
        Option.One("userns", "MODE", "host: share the host's user ids (weaker)", choices: ["host", "auto"]),
        Option.Many("sysctl", "KEY=VALUE", "set a kernel parameter of its namespaces"),
        Option.One("restart", "POLICY", "start it again", choices: ["never", "no", "on-failure", "always"]),
        Option.One("stop-signal", "SIGNAL", "the signal that asks it to end", completes: Completes.Signal),
        Option.One("stop-timeout", "SECONDS", "how long it may take before SIGKILL"),
        Option.One("pull", "POLICY", "when to pull the image", choices: ["missing", "always", "never"]),
        Option.Many("label", "KEY=VALUE", "label it", 'l'),
        Option.Many("annotation", "KEY=VALUE", "annotate it"),
        Option.One("trust", "NAME", "the trust policy that the image must satisfy, or none (default: the one for its name)"),
        Option.One("trust-reason", "TEXT", "why nothing is verified, with --trust none; goes to the audit log"),
        Option.One("cidfile", "FILE", "write its id into a new file", completes: Completes.File),
        Option.Flag("sig-proxy", "pass signals on to it when it has no terminal (on by default)"),
        Option.One("detach-keys", "KEYS", "the keys that leave it alone (ctrl-p,ctrl-q)"),
        Option.Flag("quiet", "show no progress", 'q'),
        Option.Flag("dry-run", "say which tier it would get and why, and start nothing"),
        Option.One("output", "FORMAT", "how --dry-run prints", 'o', Listing.Formats),
    ];
}
