using System.Text;
using CsCheck;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Isolation.Unikernel;

namespace Skerry.Node.Tests.Isolation.Unikernel;

public sealed class UnikernelAnnotationsTests
{
    private const string Key = UnikernelAnnotations.Prefix;

    [Fact]
    public void What_urunc_writes_is_read()
    {
        var image = UnikernelAnnotations.Read(Good(("initrd", "boot/initrd"), ("block", "/disk.img"), ("blkMntPoint", "/"), ("cmdline", "serve now"), ("unikernelVersion", "0.17.0"), ("mountRootfs", "false")));
        Assert.Equal(
            new UnikernelImage { Kind = UnikernelKind.Linux, Monitor = MonitorKind.Qemu, Kernel = "/boot/kernel", Initrd = "/boot/initrd", Block = "/disk.img", BlockMountPoint = "/", Command = "serve now" },
            image);
    }

    [Fact]
    public void The_file_of_an_image_has_the_same_keys_with_base64_for_values()
    {
        static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        var values = UnikernelAnnotations.ReadFile(Encoding.UTF8.GetBytes($$"""
            {"{{Key}}unikernelType":"{{Encoded("unikraft")}}","{{Key}}hypervisor":"{{Encoded("qemu")}}","{{Key}}binary":"{{Encoded("/unikernel")}}","other":7}
            """));
        Assert.Equal((UnikernelKind.Unikraft, "/unikernel"), (UnikernelAnnotations.Read(values).Kind, UnikernelAnnotations.Read(values).Kernel));
    }

    [Theory]
    [InlineData("unikernelType", "", "unikernelType")]
    [InlineData("unikernelType", "linux -S", "unikernelType")]
    [InlineData("hypervisor", "/bin/sh", "hypervisor")]
    [InlineData("hypervisor", "Qemu", "hypervisor")]
    [InlineData("binary", "", "binary")]
    [InlineData("binary", "/", "root directory")]
    [InlineData("binary", "../../etc/shadow", ".. part")]
    [InlineData("binary", "/boot/../../etc/shadow", ".. part")]
    [InlineData("binary", "/boot/k\nernel", "control character")]
    [InlineData("binary", "/boot/k\0ernel", "control character")]
    [InlineData("initrd", "/a/..", ".. part")]
    [InlineData("block", "..", ".. part")]
    [InlineData("cmdline", "quiet\u0007", "control character")]
    [InlineData("mountRootfs", "true", "root file system")]
    [InlineData("useDMBlock", "1", "root file system")]
    [InlineData("mountRootfs", "yes", "not true or false")]
    [InlineData("vAccel", "vsock", "acceleration")]
    [InlineData("solo5NetDev", "a=tap0 --block:b=/etc/shadow", "letters and digits")]
    [InlineData("anything", "\u001b[2J", "control character")]
    public void What_it_does_not_know_or_trust_is_refused(string name, string value, string why)
    {
        var annotations = new Dictionary<string, string>(Good(), StringComparer.Ordinal) { [Key + name] = value };
        var error = Assert.Throws<SpecRefusedException>(() => UnikernelAnnotations.Read(annotations));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"com.urunc.unikernel.binary\":7}")]
    [InlineData("{\"com.urunc.unikernel.binary\":\"not base64!\"}")]
    [InlineData("{\"com.urunc.unikernel.binary\":\"/w==\"}")]
    [InlineData("{\"com.urunc.unikernel.binary\":\"L2E=\",\"com.urunc.unikernel.binary\":\"L2I=\"}")]
    [InlineData("{\"a\":[[[[[[[[1]]]]]]]]}")]
    public void A_file_of_another_form_is_refused(string json) =>
        Assert.Throws<SpecRefusedException>(() => UnikernelAnnotations.ReadFile(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Whatever_a_stranger_writes_becomes_values_or_a_refusal()
    {
        string[] names = ["unikernelType", "hypervisor", "binary", "initrd", "block", "blkMntPoint", "cmdline", "mountRootfs"];
        Gen.Select(Gen.Int[0, names.Length - 1], Gen.String).Array[0, 8].Sample(written =>
        {
            try
            {
                var annotations = new Dictionary<string, string>(Good(), StringComparer.Ordinal);
                foreach (var (index, value) in written)
                {
                    annotations[Key + names[index]] = value;
                }

                var image = UnikernelAnnotations.Read(annotations);
                Assert.All([image.Kernel, image.Initrd ?? "/x", image.Block ?? "/x"], static p => Assert.True(p.StartsWith('/') && !p.Split('/').Contains("..")));
                Assert.DoesNotContain(image.Command, char.IsControl);
            }
            catch (SpecRefusedException)
            {
                // Refused.
            }
        });
    }

    private static Dictionary<string, string> Good(params (string Name, string Value)[] more)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Key + "unikernelType"] = "linux", [Key + "hypervisor"] = "qemu", [Key + "binary"] = "/boot/kernel" };
        foreach (var (name, value) in more)
        {
            annotations[Key + name] = value;
        }

        return annotations;
    }
}
