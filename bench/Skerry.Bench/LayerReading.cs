using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Skerry.Oci.Layers;

namespace Skerry.Bench;

/// <summary>Reading a layer: many small text files and some larger ones, 32 MB in all, as a distribution's layers are.</summary>
[MemoryDiagnoser]
public class LayerReading
{
    private byte[] plain = [];
    private byte[] gzip = [];

    [GlobalSetup]
    public void Setup()
    {
        using MemoryStream tar = new();
        using (TarWriter writer = new(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            Random random = new(42);
            for (int i = 0; i < 2000; i++)
            {
                // mostly a few KB, every hundredth 1 MB
                byte[] content = Text(random, i % 100 == 0 ? 1 << 20 : random.Next(200, 12_000));
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"usr/share/doc/package-{i / 20}/file-{i}.txt")
                {
                    DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch,
                });
            }
        }

        plain = tar.ToArray();
        using MemoryStream compressed = new();
        using (GZipStream stream = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(plain);
        }

        gzip = compressed.ToArray();
    }

    [Benchmark(Description = "tar: every entry and its content")]
    public long Entries() => Read(new MemoryStream(plain));

    [Benchmark(Description = "gunzip + tar + sha256 of the tar (diff id)")]
    public long Compressed()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using Stream tar = LayerDecompressor.Open(new MemoryStream(gzip), null);
        return Read(new HashingReader(tar, hash));
    }

    [Benchmark(Baseline = true, Description = "gunzip alone (GZipStream)")]
    public long Gunzip()
    {
        using GZipStream stream = new(new MemoryStream(gzip), CompressionMode.Decompress);
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (int n; (n = stream.Read(buffer)) > 0;)
        {
            total += n;
        }

        return total;
    }

    private static long Read(Stream tar)
    {
        using LayerReader reader = new(tar);
        long total = 0;
        while (reader.Read() is { } entry)
        {
            reader.CopyContentTo((_, data) => total += data.Length);
            total += entry.Size;
        }

        return total;
    }

    /// <summary>Words in lines: compresses about 1 : 3, as sources and documentation do.</summary>
    private static byte[] Text(Random random, int length)
    {
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++)
        {
            text[i] = random.Next(7) switch { 0 => (byte)' ', 1 => (byte)'e', _ => (byte)('a' + (random.Next(26) * random.Next(26) / 26)) };
        }

        return text;
    }
}
