using BenchmarkDotNet.Attributes;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;

namespace Skerry.Bench;

/// <summary>The flight recorder: events into packed blocks, and out of them again. At least 200 000 events a second on one core, no allocation for an event.</summary>
[MemoryDiagnoser]
public class Recording : IDisposable
{
    private const int Count = 1 << 16;

    private readonly KernelEvent[] _events = EventMix.Make(Count);
    private readonly BlockWriter _writer = new();
    private readonly KernelEvent _read = new();
    private RecordBlock[] _blocks = [];

    /// <summary>Writes the blocks that are read, and says how long they are.</summary>
    [GlobalSetup]
    public void Setup()
    {
        List<RecordBlock> blocks = [];
        Write(bytes => blocks.Add(RecordBlock.Parse(bytes.ToArray())));
        _blocks = [.. blocks];
        Console.WriteLine($"// {Count} events in {blocks.Count} blocks: {blocks.Sum(static b => b.Bytes.Length)} bytes packed, {blocks.Sum(static b => (long)b.Head.RawLength)} unpacked");
    }

    /// <summary>Appends, and packs each block that is full.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public long Append()
    {
        var length = 0L;
        Write(bytes => length += bytes.Length);
        return length;
    }

    /// <summary>Appends alone, which is what the sensor's thread does.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int AppendUnpacked()
    {
        foreach (var e in _events)
        {
            _writer.TryAppend(e);
            if (_writer.IsFull)
            {
                _writer.Clear();
            }
        }

        _writer.Clear();
        return _events.Length;
    }

    /// <summary>Reads all events.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int Read()
    {
        var count = 0;
        foreach (var block in _blocks)
        {
            var reader = new BlockReader(block);
            while (reader.Read(_read))
            {
                count++;
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Write(Action<ReadOnlyMemory<byte>> take)
    {
        foreach (var e in _events)
        {
            _writer.TryAppend(e);
            if (_writer.IsFull)
            {
                take(_writer.Seal(1, 0));
                _writer.Clear();
            }
        }

        take(_writer.Seal(1, 0));
        _writer.Clear();
    }
}
