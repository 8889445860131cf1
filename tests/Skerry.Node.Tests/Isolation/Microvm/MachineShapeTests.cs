using Skerry.Contracts.Node.V1;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Microvm;

namespace Skerry.Node.Tests.Isolation.Microvm;

public sealed class MachineShapeTests
{
    private readonly MicrovmOptions _options = new();

    [Fact]
    public void A_machine_has_what_its_containers_may_use_and_what_the_guest_needs()
    {
        var pod = new PodSpec();
        pod.Containers.Add(new ContainerSpec { Resources = new Resources { MemoryBytes = 64 << 20, CpuMillis = 300 } });
        pod.Containers.Add(new ContainerSpec { Resources = new Resources { MemoryBytes = (32 << 20) + 1, CpuMillis = 200 } });
        var shape = MachineShape.Of(pod, _options);
        Assert.Equal((96 + 64 + 32 + 1, 1), (shape.MemoryMebibytes, shape.Processors));
        Assert.InRange(shape.JailBytes, ((long)shape.MemoryMebibytes << 20) + 1, (long)shape.MaximumMebibytes << 21);
    }

    [Fact]
    public void A_container_without_limits_counts_as_the_configuration_says()
    {
        var pod = new PodSpec();
        pod.Containers.Add(new ContainerSpec());
        Assert.Equal((96 + 256, 1), (MachineShape.Of(pod, _options with { MemoryBytes = 256 << 20 }).MemoryMebibytes, MachineShape.Of(pod, _options).Processors));
    }

    [Fact]
    public void There_are_never_more_processors_than_the_machine_has()
    {
        var pod = new PodSpec();
        pod.Containers.Add(new ContainerSpec { Resources = new Resources { CpuMillis = 1_000_000 } });
        Assert.InRange(MachineShape.Of(pod, _options).Processors, 1, Environment.ProcessorCount);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(3, 16)]
    [InlineData(4, 8)]
    [InlineData(11, 8)]
    [InlineData(18, 1)]
    [InlineData(19, 0)]
    [InlineData(1, 8, 15)]
    [InlineData(8, 4, 15)]
    [InlineData(14, 1, 15)]
    [InlineData(15, 0, 15)]
    public void Layers_get_the_slots_that_containers_leave_as_templates_have_them(int containers, int room, int most = MachineDisks.Most)
    {
        Assert.Equal(room, MachineDisks.RoomForLayers(containers, most));
        Assert.InRange(room + containers, 1, most);
    }

    [Theory]
    [InlineData(64, null, true, 96 + 64, 96 + 128)]
    [InlineData(64, 1024L, true, 96 + 64, 1024)]
    [InlineData(64, 100L, true, 96 + 64, 96 + 64)]
    [InlineData(64, 1024L, false, 96 + 64, 96 + 64)]
    [InlineData(4096, null, true, 96 + 4096, 96 + 4096 + 512)]
    public void A_machine_can_grow_to_as_much_as_the_node_says_or_to_twice_and_not_far(int limit, long? maximum, bool canGrow, int memory, int most)
    {
        var pod = new PodSpec();
        pod.Containers.Add(new ContainerSpec { Resources = new Resources { MemoryBytes = (long)limit << 20 } });
        var shape = MachineShape.Of(pod, _options with { MaximumBytes = maximum << 20, CanGrow = canGrow });
        Assert.Equal((memory, most), (shape.MemoryMebibytes, shape.MaximumMebibytes));
    }

    [Fact]
    public void Templates_are_made_for_few_shapes()
    {
        var shape = new MachineShape(193, 1) { Slots = 3, HasCard = true, MaximumMebibytes = 225 }.Rounded();
        Assert.Equal((224, 256, 4, true), (shape.MemoryMebibytes, shape.MaximumMebibytes, shape.Slots, shape.HasCard));
        Assert.Equal(1, new MachineShape(32, 1).Rounded().Slots);
    }
}
