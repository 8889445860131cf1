using Google.Protobuf;
using Grpc.Core;
using Skerry.Node.Api;

namespace Skerry.Node.Tests.Api;

public sealed class CallerStreamTests
{
    [Fact]
    public async Task Messages_of_any_size_become_one_stream_without_loss()
    {
        var random = new Random(7);
        List<byte[]> parts = [];
        for (var i = 0; i < 50; i++)
        {
            var part = new byte[random.Next(0, 5000)];
            random.NextBytes(part);
            parts.Add(part);
        }

        await using var stream = new CallerStream<byte[]>(new Parts<byte[]>(parts), ByteString.CopyFrom, CancellationToken.None);
        using var all = new MemoryStream();
        var buffer = new byte[777];
        int count;
        while ((count = stream.Read(buffer, 0, random.Next(1, buffer.Length))) > 0)
        {
            all.Write(buffer, 0, count);
        }

        Assert.Equal(parts.SelectMany(static p => p), all.ToArray());
        Assert.Equal(all.Length, stream.Count);
        Assert.Equal(0, stream.Read(buffer, 0, 1));
    }

    [Fact]
    public async Task What_follows_the_end_of_an_archive_is_taken_up_to_a_bound()
    {
        var parts = new Parts<byte[]>([.. Enumerable.Range(0, 100).Select(static _ => new byte[10])]);
        await using var stream = new CallerStream<byte[]>(parts, ByteString.CopyFrom, CancellationToken.None);
        await stream.Drain(95);
        Assert.Equal(10, parts.Taken);
    }

    [Fact]
    public async Task An_answer_is_cut_into_messages_of_one_size_and_nothing_is_lost()
    {
        List<ByteString> messages = [];
        await using var stream = new AnswerStream(
            bytes =>
            {
                messages.Add(bytes);
                return Task.CompletedTask;
            },
            CancellationToken.None);
        var content = new byte[300_001];
        new Random(3).NextBytes(content);
        foreach (var chunk in content.Chunk(1013))
        {
            stream.Write(chunk, 0, chunk.Length);
            stream.Flush();
        }

        stream.Complete();
        stream.Complete();
        Assert.Equal([131072, 131072, 37857], messages.Select(static m => m.Length));
        Assert.Equal(content, messages.SelectMany(static m => m.ToByteArray()));
    }

    [Fact]
    public async Task An_answer_ends_when_the_caller_has_gone()
    {
        using var gone = new CancellationTokenSource();
        await using var stream = new AnswerStream(static _ => Task.CompletedTask, gone.Token);
        await gone.CancelAsync();
        Assert.Throws<OperationCanceledException>(() => stream.Write(new byte[200_000], 0, 200_000));
    }

    private sealed class Parts<T>(IReadOnlyList<T> parts) : IAsyncStreamReader<T>
    {
        public int Taken { get; private set; }

        public T Current => parts[Taken - 1];

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(++Taken <= parts.Count);
    }
}
