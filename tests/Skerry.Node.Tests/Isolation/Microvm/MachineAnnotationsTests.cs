using Skerry.Contracts.Node.V1;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation.Microvm;

/// <summary>What a pod can have of its machine by annotations, and how little of an annotation gets anywhere.</summary>
public sealed class MachineAnnotationsTests
{
    private const string Kata = "io.katacontainers.config.hypervisor.";
    private static readonly MicrovmOptions s_all = new() { EnableAnnotations = MicrovmOptions.Adjustable, KernelParameters = "loglevel=7" };

    [Fact]
    public void Katas_words_and_the_nodes_own_are_taken_where_the_node_allows_them()
    {
        var read = MachineAnnotations.Apply(
            Pod((Kata + "default_memory", "512"), (Kata + "default_vcpus", "2"), ("skerry.io/microvm.default_maxmemory", "2048"), (Kata + "kernel_params", "a=b,c nosmt x.y=/z")), s_all);
        Assert.Equal((512L << 20, 2, 2048L << 20, "loglevel=7 a=b,c nosmt x.y=/z"), (read.MemoryBytes, read.Processors, read.MaximumBytes, read.KernelParameters));
    }

    [Fact]
    public void Annotations_that_are_not_about_machines_are_left_alone() =>
        Assert.Same(s_all, MachineAnnotations.Apply(Pod(("io.katacontainers.pkg.oci.bundle_path", "/x"), ("skerry.io/tier", "microvm"), ("a", "b")), s_all));

    [Theory]
    [InlineData(Kata + "kernel_params", "nosmt", "\"kernel_params\" to enable_annotations")]
    [InlineData("skerry.io/microvm.default_maxmemory", "512", "\"default_maxmemory\" to enable_annotations")]
    public void What_the_node_does_not_allow_is_refused_with_what_would_permit_it(string key, string value, string next) =>
        Assert.Contains(next, Refused(new MicrovmOptions(), (key, value)).Next, StringComparison.Ordinal);

    [Theory]
    [InlineData(Kata + "kernel", "/etc/shadow")]
    [InlineData(Kata + "path", "/bin/sh")]
    [InlineData(Kata + "virtio_fs_extra_args", "[\"-o\",\"source=/\"]")]
    [InlineData("io.katacontainers.config.agent.kernel_modules", "e1000e")]
    [InlineData("io.katacontainers.config.runtime.disable_new_netns", "true")]
    [InlineData("skerry.io/microvm.path", "/bin/sh")]
    public void What_is_not_known_is_refused_and_never_passed_over(string key, string value) =>
        Assert.Contains("is not known to the microvm tier", Refused(s_all, (key, value)).Refusal, StringComparison.Ordinal);

    [Theory]
    [InlineData("default_memory", "")]
    [InlineData("default_memory", "15")]
    [InlineData("default_memory", "1048577")]
    [InlineData("default_memory", "99999999999999999999")]
    [InlineData("default_memory", "512Mi")]
    [InlineData("default_memory", "+512")]
    [InlineData("default_memory", " 512")]
    [InlineData("default_vcpus", "0")]
    [InlineData("default_vcpus", "-1")]
    [InlineData("default_vcpus", "65")]
    [InlineData("default_vcpus", "1.5")]
    [InlineData("default_maxmemory", "0x200")]
    public void A_number_is_digits_within_its_bounds(string name, string value) =>
        Assert.Contains("digits only", Refused(s_all, (Kata + name, value)).Next, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData(" nosmt")]
    [InlineData("nosmt  a")]
    [InlineData("nosmt\na")]
    [InlineData("nosmt\0")]
    [InlineData("a=\"b c\"")]
    [InlineData("a='b")]
    [InlineData("=b")]
    [InlineData("-- /bin/sh")]
    [InlineData("a=b=c")]
    [InlineData("a=é")]
    [InlineData("init=/bin/sh")]
    [InlineData("nosmt rdinit=/bin/sh")]
    [InlineData("console=ttyS1")]
    [InlineData("panic=0")]
    [InlineData("mitigations=off")]
    [InlineData("no-timer-check")]
    [InlineData("tsc=unstable")]
    [InlineData("skerry.warm")]
    [InlineData("skerry.channel=vsock")]
    [InlineData("reboot=b")]
    [InlineData("pci=off")]
    [InlineData("mem=1G")]
    public void Kernel_parameters_are_words_of_a_narrow_grammar_and_none_of_the_nodes_own(string value) =>
        Assert.StartsWith("annotations: " + Kata + "kernel_params: ", Refused(s_all, (Kata + "kernel_params", value)).Refusal, StringComparison.Ordinal);

    [Fact]
    public void Kernel_parameters_have_a_bound_together_with_those_of_the_configuration()
    {
        _ = Refused(s_all, (Kata + "kernel_params", "a" + new string('b', MicrovmOptions.MostParameters)));
        _ = Refused(s_all, (Kata + "kernel_params", new string('b', MicrovmOptions.MostParameters)));
    }

    [Fact]
    public void The_two_prefixes_may_say_the_same_and_not_two_things()
    {
        Assert.Equal(64L << 20, MachineAnnotations.Apply(Pod((Kata + "default_memory", "64"), ("skerry.io/microvm.default_memory", "64")), s_all).MemoryBytes);
        Assert.Contains("contradict", Refused(s_all, (Kata + "default_memory", "64"), ("skerry.io/microvm.default_memory", "65")).Refusal, StringComparison.Ordinal);
    }

    private static SpecRefusedException Refused(MicrovmOptions options, params (string Key, string Value)[] annotations) =>
        Assert.Throws<SpecRefusedException>(() => MachineAnnotations.Apply(Pod(annotations), options));

    private static PodSpec Pod(params (string Key, string Value)[] annotations)
    {
        var pod = new PodSpec();
        foreach (var (key, value) in annotations)
        {
            pod.Annotations.Add(key, value);
        }

        return pod;
    }
}
