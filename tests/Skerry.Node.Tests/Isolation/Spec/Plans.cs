using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Tests.Isolation.Spec;

/// <summary>An ordinary plan for tests to change.</summary>
internal static class Plans
{
    internal static ContainerPlan Ordinary(Action<ContainerSpec>? change = null, ImageProcess? image = null)
    {
        var spec = new ContainerSpec { Name = "web" };
        change?.Invoke(spec);
        return new()
        {
            Id = new string('c', 64),
            PodId = new string('a', 64),
            Pod = new PodSpec { Name = "shop" },
            Spec = spec,
            Image = image ?? new ImageProcess { Cmd = ["/bin/true"] },
            RootfsPath = "/run/skerry/x/rootfs",
            Users = IdRange.At(200000),
            CgroupsPath = "/skerry/test/a/c",
            Cgroup = CgroupMode.V1,
            Runtime = RuntimeKind.Crun,
            Seccomp = new SeccompPlan { Name = "test", BpfBase64 = "AAAA+/8=", OciJson = "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}"u8.ToArray() },
        };
    }
}
