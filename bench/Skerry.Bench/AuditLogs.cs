using BenchmarkDotNet.Attributes;
using Skerry.Guard.Audit;
using Skerry.Node.Audit;

namespace Skerry.Bench;

/// <summary>The audit log on a disk: entries that are durable when their task completes (5000 a second are asked for), and a million read again (10 s).</summary>
[MemoryDiagnoser]
public class AuditLogs
{
    private const int Batch = 5000;
    private const int Million = 1_000_000;
    private const int Portion = 16_384;

    private string place = "";
    private AuditLog log = null!;
    private AuditView million = null!;
    private NoteVerifier key = null!;

    [GlobalSetup]
    public void Setup()
    {
        place = Directory.CreateTempSubdirectory("skerry-bench-audit").FullName;
        log = Open("append");
        using var large = Writer("verify");
        foreach (var batch in Enumerable.Range(0, Million).Chunk(Portion))
        {
            large.Append(batch.AsParallel().AsOrdered().Select(static n => Entry(n).Encode()).ToList());
        }

        (million, key) = (large.View, large.Key);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(place, recursive: true);
    }

    [Benchmark(Description = "append, durable", OperationsPerInvoke = Batch)]
    public Task Append() => Task.WhenAll(Enumerable.Range(0, Batch).Select(n => log.Append(Entry(n))));

    [Benchmark(Description = "append one and wait")]
    public Task One() => log.Append(Entry(1));

    [Benchmark(Description = "verify a million")]
    public long Verify()
    {
        var report = AuditVerification.Verify(million.Checkpoint!, key, million.Read, million.Minimum, null, CancellationToken.None);
        return report is { Findings.Count: 0, Entries: Million } ? report.Entries : throw new InvalidOperationException("the log is not whole");
    }

    private static AuditEntry Entry(int number) => new()
    {
        At = DateTimeOffset.UnixEpoch.AddSeconds(number),
        Kind = "container.start",
        Boot = "0b7a2ff2-2a53-4f4c-9f0c-7c8a7a1b2c3d",
        Actor = AuditEntry.Values(("uid", "0"), ("pid", "4711")),
        Subject = AuditEntry.Values(("pod", "25b37ebd5f1b2e8a721d4ac8eae2b1d7"), ("podName", "web"), ("image", "registry.example/shop/web:1"), ("digest", "sha256:333046502017554ea743f48511b4b9a1cd63bab6221929d6de33524c9a2ac04e")),
        Details = AuditEntry.Values(("tier", "process"), ("command", "nginx -g daemon off;")),
    };

    private AuditLog Open(string name) =>
        AuditOpening.Open(new AuditOptions { Directory = Path.Combine(place, name), Origin = "skerry.bench/log", Keep = long.MaxValue, BootId = "b" }, TimeProvider.System, out _);

    private AuditWriter Writer(string name)
    {
        var files = new AuditFiles(Path.Combine(place, name));
        return new AuditWriter(files, NoteSigner.Generate("skerry.bench/log"), long.MaxValue, AuditTail.Begin(files, 0, [], null), new TreeEdge());
    }
}
