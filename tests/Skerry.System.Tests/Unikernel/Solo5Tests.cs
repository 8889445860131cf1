using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Unikernel;

/// <summary>
/// Guests of Solo5's own test suite under its tender spt, which needs no KVM. Debian has no Solo5: SKERRY_SOLO5 names a directory in which it
/// was built (with tenders/spt/solo5-spt and tests/test_hello/test_hello.spt).
/// </summary>
public sealed class Solo5Tests
{
    private static readonly string Source = Environment.GetEnvironmentVariable("SKERRY_SOLO5") ?? string.Empty;

    [Fact]
    public async Task A_unikernel_runs_as_a_process_behind_solo5s_own_filter_in_the_jail()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Source, "tenders/spt/solo5-spt")), "needs Solo5: build it and name its directory in SKERRY_SOLO5");
        await using var node = await TestNode.StartAsync($"[runtime]\nsolo5 = \"{Source}/tenders/spt\"\n");
        var image = await Push("test_hello", "spt");
        var said = (await node.Cli("run", "--rm", "--tier", "unikernel", "--memory", "32Mi", image, "Hello_Solo5")).Ok;
        Assert.Contains("Command line is: 'Hello_Solo5'", said, StringComparison.Ordinal);
        Assert.Contains("32 MB addressable", said, StringComparison.Ordinal);

        // A guest that touches what it must not is ended by a signal, and one for a tender that is not here is refused with its name.
        Assert.Equal(139, (await node.Cli("run", "--rm", "--tier", "unikernel", await Push("test_zeropage", "spt"))).Code);
        Assert.Contains("solo5-hvt", (await node.Cli("run", "--rm", "--tier", "unikernel", await Push("test_hello", "hvt"))).Failed(125), StringComparison.Ordinal);
    }

    private static async Task<string> Push(string name, string tender)
    {
        using var builder = new ImageBuilder
        {
            Process = new ImageProcess
            {
                Labels = new Dictionary<string, string>
                {
                    ["com.urunc.unikernel.unikernelType"] = "mirage", ["com.urunc.unikernel.hypervisor"] = tender, ["com.urunc.unikernel.binary"] = "/" + name,
                },
            },
        };
        builder.AddLayer(layer =>
        {
            using var kernel = File.OpenRead(Path.Combine(Source, $"tests/{name}/{name}.{tender}"));
            layer.Write(new NewEntry(name, LayerEntryType.File) { Mode = 0x1ed }, kernel, kernel.Length);
        });
        return await TestRegistry.Push(builder.Build(), $"{name}-{tender}:1");
    }
}
