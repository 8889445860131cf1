using Skerry.Node.Configuration;

namespace Skerry.Node.Tests.Configuration;

/// <summary>[microvm] in Kata's words: what is understood, and what is refused with its line.</summary>
public sealed class MicrovmConfigurationTests
{
    [Fact]
    public void Katas_words_and_units_are_understood()
    {
        var read = Parse(
            """
            [microvm]
            kernel_path = "/k"
            initrd_path = "/i"
            image_path = ""
            kernel_params = "loglevel=7 agent.log=debug"
            default_vcpus = 2
            default_memory = 256
            default_maxmemory = 1024
            memory_slots = 10
            enable_template = true
            vm_cache_number = 3
            vm_cache_memory = 300
            enable_annotations = ["kernel_params"]
            """);
        Assert.Equal(("/k", "/i", "loglevel=7 agent.log=debug", 2), (read.KernelPath, read.InitrdPath, read.KernelParameters, read.Processors));
        Assert.Equal((256L << 20, 1024L << 20, true, true), (read.MemoryBytes, read.MaximumBytes, read.CanGrow, read.EnableTemplate));
        Assert.Equal((3, 300L << 20), (read.CacheNumber, read.CacheBytes));
        Assert.Equal(["kernel_params"], read.EnableAnnotations);
    }

    [Fact]
    public void Nothing_said_is_one_processor_a_size_of_its_own_and_only_sizes_for_pods_to_ask_for()
    {
        var read = Parse("[microvm]\nkernel_params = \"\"\ndefault_vcpus = 0\ndefault_maxmemory = 0\n");
        Assert.Equal((1, (long?)null, string.Empty), (read.Processors, read.MaximumBytes, read.KernelParameters));
        Assert.Equal(["default_memory", "default_vcpus"], read.EnableAnnotations);
        Assert.Equal(Math.Min(Environment.ProcessorCount, 64), Parse("[microvm]\ndefault_vcpus = -1\n").Processors);
        Assert.False(Parse("[microvm]\nmemory_slots = 0\n").CanGrow);
        Assert.Equal(0, read.CacheNumber);
        Assert.False(read.MergeMemory);
        Assert.True(Parse("[microvm]\nmerge_memory = true\n").MergeMemory);
        Assert.InRange(read.CacheBytes, 1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);
    }

    [Fact]
    public void The_VMM_is_the_nodes_choice_unless_it_is_named()
    {
        Assert.Equal((MicrovmOptions.Auto, MicrovmOptions.Auto), (Parse(string.Empty).Hypervisor, Parse(string.Empty).FirecrackerPath));
        var read = Parse("[microvm]\nhypervisor = \"firecracker\"\nfirecracker_path = \"/f\"\ncloud_hypervisor_path = \"/c\"\n");
        Assert.Equal(("firecracker", "/f", "/c"), (read.Hypervisor, read.FirecrackerPath, read.CloudHypervisorPath));
    }

    [Fact]
    [Trait("Promise", "P-182")]
    public void How_long_a_guest_may_take_with_KVM_is_said_apart_from_how_long_it_may_take_without()
    {
        Assert.Equal((4, 60), (Parse(string.Empty).KvmTimeoutSeconds, Parse(string.Empty).BootTimeoutSeconds));
        var read = Parse("[microvm]\nkvm_timeout = 120\nboot_timeout = 240\n");
        Assert.Equal((120, 240), (read.KvmTimeoutSeconds, read.BootTimeoutSeconds));
    }

    [Fact]
    public void Settings_that_were_made_for_Kata_behind_containerd_are_taken_where_they_are()
    {
        var read = Parse("[runtime]\nruntime_type = \"kata\"\n\n[runtime.config]\nkernel_path = \"/k\"\nkernel_params = \"a=b\"\n");
        Assert.Equal(("/k", "a=b"), (read.KernelPath, read.KernelParameters));
    }

    [Theory]
    [InlineData("[microvm]\nkernel_path = \"/k\"\nimage_path = \"/i.img\"\n", "f.toml: line 3: 'microvm.image_path' cannot be used")]
    [InlineData("[runtime.config]\n\nimage_path = \"/i.img\"\n", "f.toml: line 3: 'microvm.image_path' cannot be used")]
    [InlineData("[runtime]\nruntime_type = \"runc\"\n", "f.toml: line 2: 'runtime.runtime_type' takes \"kata\"")]
    [InlineData("[microvm]\nkernel_path = \"k\"\n", "f.toml: line 2: 'microvm.kernel_path' takes \"auto\" or a path from the root")]
    [InlineData("[microvm]\nkernel_params = \"a\\nb\"\n", "f.toml: line 2: 'microvm.kernel_params' takes one line")]
    [InlineData("[microvm]\nkernel_params = [\"a\"]\n", "'microvm.kernel_params' takes one line")]
    [InlineData("[microvm]\nkvm_timeout = 0\n", "f.toml: line 2: 'microvm.kvm_timeout' takes a number from 1 to 600")]
    [InlineData("[microvm]\nmemory_slots = -1\n", "line 2: 'microvm.memory_slots' takes a number from 0 to 1024")]
    [InlineData("[microvm]\ndefault_vcpus = 65\n", "line 2: 'microvm.default_vcpus' takes a number from -1 to 64")]
    [InlineData("[microvm]\nenable_annotations = [\"default_vcpus\", \"kernel_path\"]\n", "line 2: 'microvm.enable_annotations' names 'kernel_path'")]
    [InlineData("[microvm]\nenable_template = true\nvm_cache_number = 65\n", "line 3: 'microvm.vm_cache_number' takes a number from 0 to 64")]
    [InlineData("[microvm]\nvm_cache_memory = 300\nvm_cache_number = 1\n", "line 3: 'microvm.vm_cache_number' needs enable_template")]
    [InlineData("[microvm]\nhypervisor = \"xen\"\n", "line 2: 'microvm.hypervisor' takes ")]
    [InlineData("[microvm]\nfirecracker_path = \"f\"\n", "line 2: 'microvm.firecracker_path' takes \"auto\" or a path from the root")]
    [InlineData("[microvm]\nhypervisor = \"firecracker\"\nenable_template = true\n", "line 3: 'microvm.enable_template' is for machines of QEMU, and hypervisor is \"firecracker\"")]
    [InlineData("# one\n[microvm]\npath = \"/q\"\nmachine_type = \"/v\"\n", "f.toml: line 4: unknown key 'microvm.machine_type'")]
    [InlineData("microvm = { image_path = \"/i.img\" }\n", "f.toml: line 1: 'microvm.image_path'")]
    public void What_cannot_be_done_is_refused_with_its_line(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => Parse(text)).Message, StringComparison.Ordinal);

    private static MicrovmOptions Parse(string text) => NodeConfiguration.Parse(text, "f.toml", new NodeOptions()).Microvm;
}
