using System.Formats.Tar;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Skerry.Linux.Files;
using Skerry.Node.Images;
using Skerry.Node.Images.Layers;
using Skerry.Oci;

namespace Skerry.Bench;

/// <summary>
/// What a start pays for knowing that its image is as it was verified: a layer of 10 000 files (160 MB) that looks as it did (5 ms are allowed), one
/// that has to be read (1.5 of the time of reading it), and a program that is looked up before it runs.
/// </summary>
[MemoryDiagnoser]
public class LayerLooking
{
    private const int Files = 10_000;
    private const int Size = 16 << 10;

    private string place = "";
    private ImageStore store = null!;
    private string layer = "";
    private FileStamp program;

    [GlobalSetup]
    public void Setup()
    {
        place = Directory.CreateTempSubdirectory("skerry-bench-layer").FullName;
        store = ImageStore.Open(new ImagesOptions { Root = Path.Combine(place, "root"), Reserve = new ByteCount(0) }, TimeProvider.System, static () => new HashSet<Digest>());
        var tar = Path.Combine(place, "layer.tar");
        Pack(tar);
        using var blob = FileCalls.Open(null, tar, OpenFlags.Read);
        Digest diffId;
        using (var stream = File.OpenRead(tar))
        {
            diffId = Digest.Parse("sha256:" + Convert.ToHexStringLower(SHA256.HashData(stream)));
        }

        var pending = store.Layers.Unpack(blob, null, diffId, null, CancellationToken.None);
        layer = store.Layers.CommitAsync(pending, "base", [], CancellationToken.None).GetAwaiter().GetResult().Name;
        store.Gate.NoteFresh(layer);
        program = store.Gate.StampsOf(layer)!.SomePrograms(1).Single().Stamp;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        store.Dispose();
        Directory.Delete(place, recursive: true);
    }

    [Benchmark(Description = "look at 10 000 files that look as they did")]
    public Task Warm() => store.Gate.CheckAsync(layer, "bench", CancellationToken.None);

    [Benchmark(Description = "read 10 000 files and compare them with the inventory")]
    public Task Cold()
    {
        File.Delete(Path.Combine(place, "root/layers", layer, "stamps"));
        store.Gate.Forget();
        return store.Gate.CheckAsync(layer, "bench", CancellationToken.None);
    }

    [Benchmark(Baseline = true, Description = "read 10 000 files")]
    public long Read()
    {
        var (buffer, total) = (new byte[Size], 0L);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(store.Layers.PathOf(layer)), "*", SearchOption.AllDirectories))
        {
            using var file = File.OpenHandle(path);
            total += RandomAccess.Read(file, buffer, 0);
        }

        return total == (long)Files * Size ? total : throw new InvalidOperationException($"{total} bytes");
    }

    [Benchmark(Description = "look a program up before it runs")]
    public bool Program() => store.Gate.StampsOf(layer)!.HasProgram(program);

    private static void Pack(string path)
    {
        var random = new Random(7);
        var content = new byte[Size];
        using var stream = File.Create(path);
        using var tar = new TarWriter(stream, TarEntryFormat.Pax);
        for (var i = 0; i < Files; i++)
        {
            random.NextBytes(content);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"usr/lib/package-{i / 100}/file-{i}")
            {
                DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch, Mode = (UnixFileMode)(i % 10 == 0 ? 0x1ed : 0x1a4),
            });
        }
    }
}
