using BenchmarkDotNet.Attributes;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Bench;

/// <summary>config.json of a container, written at each start.</summary>
[MemoryDiagnoser]
public class SpecWriting
{
    private ContainerPlan plan = null!;

    [GlobalSetup]
    public void Setup() => plan = new ContainerPlan
    {
        Id = new string('a', 64),
        PodId = new string('b', 64),
        Pod = new PodSpec { Name = "bench" },
        Spec = new ContainerSpec { Args = { "true" } },
        Image = new ImageProcess { Env = ["PATH=/usr/bin:/bin"], Cmd = ["/bin/sh"] },
        RootfsPath = "/run/skerry/stage/root",
        Users = IdRange.At(1_000_000),
        CgroupsPath = "/skerry/bench/pod/container",
        Cgroup = CgroupMode.V1,
        Runtime = RuntimeKind.Crun,
        // a filter of 1 000 instructions of 8 bytes
        Seccomp = new SeccompPlan { Name = "bench", BpfBase64 = Convert.ToBase64String(new byte[8000]), OciJson = "{}"u8.ToArray() },
    };

    [Benchmark(Description = "config.json")]
    public byte[] Write() => OciSpec.Write(plan);
}
