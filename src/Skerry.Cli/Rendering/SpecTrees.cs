using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Rendering;

/// <summary>What a pod was asked to be, as a tree. The names are a promise; see the snapshots.</summary>
internal static class SpecTrees
{
    internal static Tree Of(PodSpec spec) => Tree.Object()
        .Add("name", spec.Name)
        .Add("labels", Tree.Map(spec.Labels))
        .Add("annotations", Tree.Map(spec.Annotations))
        .Add("tier", spec.Tier)
        .Add("minimumTier", spec.MinimumTier)
        .Add("tee", spec.Tee)
        .Add("restart", Restart(spec.Restart))
        .Add("network", spec.Network)
        .Add("hostname", spec.Hostname)
        .Add("hostUsers", spec.HostUsers)
        .Add("autoRemove", spec.AutoRemove)
        .Add("sysctls", Tree.Map(spec.Sysctls))
        .Add("dns", Tree.Object()
            .Add("servers", Tree.List(spec.Dns?.Servers ?? []))
            .Add("searches", Tree.List(spec.Dns?.Searches ?? []))
            .Add("options", Tree.List(spec.Dns?.Options ?? [])))
        .Add("ports", PodTrees.Ports(spec.Ports))
        .Add("containers", Tree.List(spec.Containers.Select(Of)));

    internal static string Restart(RestartPolicy policy) => policy switch
    {
        RestartPolicy.Always => "always",
        RestartPolicy.OnFailure => "on-failure",
        _ => "never",
    };

    private static Tree Of(ContainerSpec spec) => Tree.Object()
        .Add("name", spec.Name)
        .Add("image", spec.Image)
        .Add("pull", spec.Pull switch { PullPolicy.Always => "always", PullPolicy.Never => "never", _ => "missing" })
        .Add("entrypoint", Tree.List(spec.Entrypoint))
        .Add("args", Tree.List(spec.Args))
        .Add("env", Tree.List(spec.Env))
        .Add("workingDir", spec.WorkingDir)
        .Add("user", spec.User)
        .Add("supplementalGroups", Tree.List(spec.SupplementalGroups.Select(static g => Tree.Of(g))))
        .Add("tty", spec.Tty)
        .Add("stdin", spec.Stdin)
        .Add("stdinOnce", spec.StdinOnce)
        .Add("init", spec.Init)
        .Add("readOnlyRootfs", spec.ReadOnlyRootfs)
        .Add("mounts", Tree.List(spec.Mounts.Select(Of)))
        .Add("resources", Of(spec.Resources ?? new Resources()))
        .Add("capAdd", Tree.List(spec.CapAdd))
        .Add("capDrop", Tree.List(spec.CapDrop))
        .Add("rlimits", Tree.List(spec.Rlimits.Select(static r => Tree.Object()
            .Add("type", r.Type).Add("soft", Tree.Of(r.Soft)).Add("hard", Tree.Of(r.Hard)))))
        .Add("seccomp", spec.Seccomp)
        .Add("devices", Tree.List(spec.Devices))
        .Add("stopSignal", spec.StopSignal)
        .Add("stopTimeoutSeconds", spec.StopTimeoutSeconds)
        .Add("oomScoreAdj", spec.OomScoreAdj)
        .Add("labels", Tree.Map(spec.Labels));

    private static Tree Of(Mount mount) => Tree.Object()
        .Add("type", mount.Type switch { Mount.Types.Type.Tmpfs => "tmpfs", Mount.Types.Type.Volume => "volume", _ => "bind" })
        .Add("source", mount.Source)
        .Add("destination", mount.Destination)
        .Add("readOnly", mount.ReadOnly)
        .Add("propagation", mount.Propagation)
        .Add("sizeBytes", mount.SizeBytes)
        .Add("mode", mount.Mode == 0 ? "" : "0" + Convert.ToString(mount.Mode, 8));

    private static Tree Of(Resources resources) => Tree.Object()
        .Add("memoryBytes", resources.MemoryBytes)
        .Add("memorySwapBytes", resources.MemorySwapBytes)
        .Add("cpuMillis", resources.CpuMillis)
        .Add("cpuShares", Tree.Of(resources.CpuShares))
        .Add("cpusetCpus", resources.CpusetCpus)
        .Add("pids", resources.Pids)
        .Add("io", Tree.List(resources.Io.Select(static io => Tree.Object()
            .Add("device", io.Device)
            .Add("readBps", Tree.Of(io.ReadBps))
            .Add("writeBps", Tree.Of(io.WriteBps))
            .Add("readIops", Tree.Of(io.ReadIops))
            .Add("writeIops", Tree.Of(io.WriteIops)))));
}
