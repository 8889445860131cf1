using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Rendering;

/// <summary>The node, its findings and its images as trees. The names are a promise; see the snapshots.</summary>
internal static class NodeTrees
{
    internal static Tree Of(DescribeNodeResponse node) => Tree.Object()
        .Add("version", node.Version)
        .Add("hostname", node.Hostname)
        .Add("os", node.Os)
        .Add("kernel", node.Kernel)
        .Add("architecture", node.Architecture)
        .Add("cores", node.Cores)
        .Add("memoryBytes", node.MemoryBytes)
        .Add("cgroup", node.Cgroup)
        .Add("root", node.Root)
        .Add("run", node.Run)
        .Add("bootId", node.BootId)
        .Add("startedAt", Tree.Of(node.StartedAt))
        .Add("pods", node.Pods)
        .Add("containers", node.Containers)
        .Add("images", node.Images)
        .Add("storeBytes", node.StoreBytes)
        .Add("storeFreeBytes", node.StoreFreeBytes)
        .Add("capabilities", Tree.List(node.Capabilities.Select(static c => Tree.Object()
            .Add("group", c.Group)
            .Add("name", c.Name)
            .Add("available", c.Available)
            .Add("pace", c.Pace)
            .Add("detail", c.Detail)
            .Add("reason", c.Reason))))
        .Add("device", Tree.Object()
            .Add("coreMillis", node.Device?.CoreMillis ?? 0)
            .Add("swapBytes", node.Device?.SwapBytes ?? 0)
            .Add("storage", node.Device?.Storage)
            .Add("kvm", node.Device?.Kvm == true)
            .Add("kvmInstructionsPerSecond", Tree.Of(node.Device?.KvmInstructionsPerSecond ?? 0))
            .Add("autoTier", node.Device?.AutoTier)
            .Add("autoReason", node.Device?.AutoReason)
            .Add("lattice", node.Device?.Lattice));

    internal static Tree Of(PlanResponse plan) => Tree.Object()
        .Add("tier", plan.Tier)
        .Add("reason", plan.Reason)
        .Add("remedy", plan.Remedy)
        .Add("tee", plan.Tee)
        .Add("deviceClass", plan.DeviceClass)
        .Add("imagesKnown", plan.ImagesKnown)
        .Add("considered", Tree.List(plan.Considered.Select(static c => Tree.Object()
            .Add("tier", c.Tier)
            .Add("why", c.Why)
            .Add("remedy", c.Remedy))));

    internal static Tree Of(Finding finding) => Tree.Object()
        .Add("severity", Name(finding.Severity))
        .Add("check", finding.Check)
        .Add("what", finding.What)
        .Add("mend", finding.Mend);

    internal static Tree Of(Image image) => Tree.Object()
        .Add("id", image.Id)
        .Add("manifestDigest", image.ManifestDigest)
        .Add("references", Tree.List(image.References))
        .Add("repoDigests", Tree.List(image.RepoDigests))
        .Add("platform", image.Platform)
        .Add("createdAt", Tree.Of(image.CreatedAt))
        .Add("pulledAt", Tree.Of(image.PulledAt))
        .Add("sizeBytes", image.SizeBytes)
        .Add("unpackedBytes", image.UnpackedBytes)
        .Add("layers", Tree.List(image.Layers))
        .Add("containers", image.Containers)
        .Add("signatures", image.Signatures)
        .Add("verdicts", Tree.List(image.Verdicts.Select(TrustTrees.Of)));

    internal static Tree Of(ScrubFinding finding) => Tree.Object()
        .Add("image", finding.Image)
        .Add("digest", finding.Digest)
        .Add("path", finding.Path)
        .Add("problem", finding.Problem)
        .Add("repaired", finding.Repaired)
        .Add("action", finding.Action);

    internal static string Name(Finding.Types.Severity severity) => severity switch
    {
        Finding.Types.Severity.Ok => "ok",
        Finding.Types.Severity.Note => "note",
        Finding.Types.Severity.Warning => "warning",
        _ => "error",
    };
}
