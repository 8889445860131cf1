using Skerry.Oci.Layers;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>The attackers of tests/actors in an image, built when first asked for; and Falco's stock rules, where they are at hand.</summary>
internal static class Actors
{
    private static readonly SemaphoreSlim Once = new(1, 1);
    private static string? _image;

    /// <summary>Directory of Falco's stock files, which are not part of the repository; null where they are not at hand.</summary>
    internal static string? StockRules { get; } = new[] { Environment.GetEnvironmentVariable("SKERRY_FALCO_RULES"), Path.Combine(Programs.Repository, "../shared/data/falco-rules") }
        .FirstOrDefault(static d => d is not null && File.Exists(Path.Combine(d, "falco_rules.yaml")));

    /// <summary>The image's full name in the test registry.</summary>
    internal static async Task<string> Image()
    {
        await Once.WaitAsync();
        try
        {
            return _image ??= await Build();
        }
        finally
        {
            Once.Release();
        }
    }

    private static async Task<string> Build()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/clang"), "needs clang to build the attackers: apt-get install clang");
        var directory = Directory.CreateTempSubdirectory("skerry-actors-").FullName;
        try
        {
            await Running.Shell($"make -s -C '{Programs.Repository}/tests/actors' OUT='{directory}'");
            using var builder = TestImages.Small();
            builder.AddLayer(layer =>
            {
                using var actor = File.OpenRead(Path.Combine(directory, "actor"));
                layer.Write(new NewEntry("bin/actor", LayerEntryType.File) { Mode = 0x1ed }, actor, actor.Length);
                foreach (var name in (string[])["nginx", "sshd", "ssh"])
                {
                    layer.Write(new NewEntry("bin/" + name, LayerEntryType.Symlink) { LinkTarget = "actor" });
                }

                layer.Write(new NewEntry("bin/shred", LayerEntryType.Symlink) { LinkTarget = "busybox" });
                layer.Write(new NewEntry("etc/passwd", LayerEntryType.File), "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"u8);
                layer.Write(new NewEntry("etc/shadow", LayerEntryType.File) { Mode = 0x180 }, "root:*:1::::::\n"u8);
            });
            return await TestRegistry.Push(builder.Build(), "actors:1");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
