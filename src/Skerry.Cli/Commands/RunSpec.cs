using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary>Turns the options of <c>skerry run</c> into what the node is asked for.</summary>
internal static class RunSpec
{
    internal static PodSpec Of(Invocation invocation)
    {
        var pod = new PodSpec
        {
            Name = invocation.Text("name") ?? "",
            Tier = Tier(invocation),
            MinimumTier = invocation.Text("min-tier") ?? "",
            Tee = invocation.Text("tee") ?? "",
            Trust = invocation.Text("trust") ?? "",
            TrustReason = invocation.Text("trust-reason") ?? "",
            Restart = invocation.Text("restart") switch
            {
                "always" => RestartPolicy.Always,
                "on-failure" => RestartPolicy.OnFailure,
                _ => RestartPolicy.Never,
            },
            Network = invocation.Text("network") ?? "",
            Hostname = invocation.Text("hostname") ?? "",
            HostUsers = invocation.Text("userns") == "host",
            AutoRemove = invocation.Flag("rm"),
        };
        if (pod is { AutoRemove: true, Restart: not RestartPolicy.Never })
        {
            throw CliFailure.Usage("--rm and --restart contradict each other", "leave one of them out");
        }

        if (pod.Trust == "none" && pod.TrustReason.Length == 0)
        {
            throw CliFailure.Usage("--trust none needs --trust-reason TEXT: why nothing is verified", "it goes to the audit log");
        }

        Pairs(pod.Labels, invocation, "label");
        Pairs(pod.Annotations, invocation, "annotation");
        Pairs(pod.Sysctls, invocation, "sysctl", valueNeeded: true);
        pod.Ports.AddRange(invocation.EachParsed("publish", PortText.Parse).SelectMany(static ports => ports));
        if (invocation.Has("dns") || invocation.Has("dns-search") || invocation.Has("dns-option"))
        {
            pod.Dns = new DnsConfig();
            pod.Dns.Servers.AddRange(invocation.EachParsed("dns", Address));
            pod.Dns.Searches.AddRange(invocation.List("dns-search"));
            pod.Dns.Options.AddRange(invocation.List("dns-option"));
        }

        pod.Containers.Add(Container(invocation));
        return pod;
    }

    private static ContainerSpec Container(Invocation invocation)
    {
        var container = new ContainerSpec
        {
            Image = invocation.Operands[0],
            Pull = invocation.Text("pull") switch
            {
                "always" => PullPolicy.Always,
                "never" => PullPolicy.Never,
                _ => PullPolicy.Missing,
            },
            WorkingDir = invocation.Text("workdir") ?? "",
            User = invocation.Text("user") ?? "",
            Tty = invocation.Flag("tty"),
            Stdin = invocation.Flag("interactive"),
            StdinOnce = invocation.Flag("interactive") && !invocation.Flag("detach"),
            ReadOnlyRootfs = invocation.Flag("read-only"),
            Init = invocation.Flag("init"),
            StopSignal = invocation.Text("stop-signal") ?? "",
            StopTimeoutSeconds = invocation.Parsed("stop-timeout", Units.Seconds, 0u),
            OomScoreAdj = invocation.Parsed("oom-score-adj", OomScore, 0),
            Seccomp = Seccomp(invocation),
            Resources = ResourceText.Of(invocation),
        };
        if (invocation.Text("entrypoint") is { } entrypoint)
        {
            // An empty one takes the image's away, as with docker: the command is all that runs.
            if (entrypoint.Length == 0 && invocation.Operands.Count == 1)
            {
                throw CliFailure.Usage("--entrypoint is empty, and no COMMAND is given: nothing would run", "name a program");
            }

            container.Entrypoint.Add(entrypoint.Length > 0 ? entrypoint : invocation.Operands[1]);
        }

        container.Args.AddRange(invocation.Operands.Skip(invocation.Text("entrypoint") is { Length: 0 } ? 2 : 1));

        container.Env.AddRange(EnvironmentText.Of(invocation));
        container.SupplementalGroups.AddRange(invocation.EachParsed("group-add", static text =>
            uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var gid) ? gid : throw new FormatException("not a group's number")));
        container.Mounts.AddRange(invocation.EachParsed("volume", MountText.Volume));
        container.Mounts.AddRange(invocation.EachParsed("mount", MountText.Mount));
        container.Mounts.AddRange(invocation.EachParsed("tmpfs", MountText.Tmpfs));
        container.CapAdd.AddRange(invocation.List("cap-add"));
        container.CapDrop.AddRange(invocation.List("cap-drop"));
        container.Rlimits.AddRange(invocation.EachParsed("ulimit", ResourceText.Rlimit));
        container.Devices.AddRange(invocation.List("device"));
        return container;
    }

    private static string Tier(Invocation invocation)
    {
        var tier = invocation.Text("tier") is { } named and not "auto" ? named : "";
        if (invocation.Text("runtime-class") is not { } name)
        {
            return tier;
        }

        var known = RunOptions.Tiers.Select(static t => "skerry-" + t).Prepend("skerry").ToArray();
        if (Array.IndexOf(known, name) < 0)
        {
            throw CliFailure.Usage($"--runtime-class {name}: not one of {string.Join(", ", known)}");
        }

        var classed = name == "skerry" ? "" : name["skerry-".Length..];
        return tier.Length == 0 || tier == classed
            ? classed
            : throw CliFailure.Usage($"--tier {tier} and --runtime-class {name} contradict each other", "leave one of them out");
    }

    private static string Seccomp(Invocation invocation)
    {
        var seccomp = "";
        foreach (var option in invocation.List("security-opt"))
        {
            if (option.StartsWith("seccomp=", StringComparison.Ordinal) && option.Length > "seccomp=".Length)
            {
                seccomp = option["seccomp=".Length..];
                if (seccomp != "unconfined")
                {
                    // The node reads the file, and its working directory is not this one.
                    seccomp = Path.GetFullPath(seccomp);
                }
            }
            else if (option is not ("no-new-privileges" or "no-new-privileges:true" or "no-new-privileges=true"))
            {
                throw CliFailure.Usage(
                    $"--security-opt {option}: not known", "known are seccomp=FILE, seccomp=unconfined and no-new-privileges (always on)");
            }
        }

        return seccomp;
    }

    private static void Pairs(IDictionary<string, string> map, Invocation invocation, string name, bool valueNeeded = false)
    {
        foreach (var text in invocation.List(name))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals == 0 || (equals < 0 && valueNeeded))
            {
                throw CliFailure.Usage($"--{name} {text}: not KEY=VALUE", $"see `{invocation.Path} --help`");
            }

            map[equals < 0 ? text : text[..equals]] = equals < 0 ? "" : text[(equals + 1)..];
        }
    }

    private static string Address(string text) =>
        AddressText.IsAddress(text) ? text : throw new FormatException("not an IP address");

    private static int OomScore(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var score) && score is >= -1000 and <= 1000
            ? score
            : throw new FormatException("not a number from -1000 to 1000");
}
