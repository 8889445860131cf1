using System.Text;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;

namespace Skerry.Guest.Tests.Machines;

/// <summary>The host's side of a process in a machine, as a node keeps it: credit is given back for what was read.</summary>
public sealed class GuestProcess : IAsyncDisposable
{
    private readonly TtrpcClientStream _stream;
    private readonly TtrpcCredit _received = new();
    private readonly TtrpcCredit _sent = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private GuestProcess(TtrpcClientStream stream) => _stream = stream;

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public long OutputBytes { get; private set; }

    public bool HasStarted { get; private set; }

    public GuestExit? Exit { get; private set; }

    public static async Task<GuestProcess> StartAsync(TtrpcClient client, string method, StreamStart start)
    {
        var process = new GuestProcess(await client.OpenAsync(GuestMachine.Service, method, TestContext.Current.CancellationToken));
        await process.Send(new StreamInput { Start = start });
        return process;
    }

    public ValueTask Send(StreamInput input) => _stream.SendAsync(input, TestContext.Current.CancellationToken);

    /// <summary>Writes to the process' input as its credit allows, reading meanwhile.</summary>
    public async Task Write(byte[] bytes, bool close = true)
    {
        for (var at = 0; at < bytes.Length;)
        {
            while (_sent.Available == 0)
            {
                Assert.True(await ReadOne(), "it ended while it was written to");
            }

            var count = Math.Min(Math.Min(_sent.Available, 32 * 1024), bytes.Length - at);
            _sent.Spend(count);
            await Send(new StreamInput { Stdin = ByteString.CopyFrom(bytes, at, count) });
            at += count;
        }

        if (close)
        {
            await Send(new StreamInput { StdinClosed = true });
        }
    }

    /// <summary>Reads until <paramref name="isEnough"/>.</summary>
    public async Task<GuestProcess> Until(Func<GuestProcess, bool> isEnough)
    {
        while (!isEnough(this))
        {
            Assert.True(await ReadOne(), $"it ended before: {Exit}, output \"{Output}\", error \"{Error}\"");
        }

        return this;
    }

    /// <summary>Reads to the end.</summary>
    public async Task<GuestExit> ToEnd()
    {
        while (await ReadOne())
        {
        }

        return Exit ?? throw new InvalidOperationException("the stream ended without an exit");
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<bool> ReadOne()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        var output = await _stream.ReadAsync(StreamOutput.Parser, patience.Token);
        switch (output?.WhatCase)
        {
            case null:
                return false;
            case StreamOutput.WhatOneofCase.Started:
                HasStarted = true;
                break;
            case StreamOutput.WhatOneofCase.Stdout:
                await Take(output.Stdout, _output);
                break;
            case StreamOutput.WhatOneofCase.Stderr:
                await Take(output.Stderr, _error);
                break;
            case StreamOutput.WhatOneofCase.Credit:
                _sent.Return(output.Credit);
                break;
            case StreamOutput.WhatOneofCase.Exit:
                Exit = output.Exit;
                break;
        }

        return true;
    }

    private async Task Take(ByteString bytes, StringBuilder into)
    {
        _received.Receive(bytes.Length);
        OutputBytes += bytes.Length;
        if (into.Length < 64 * 1024)
        {
            into.Append(bytes.ToStringUtf8());
        }

        if (_received.Consume(bytes.Length) is > 0 and var credit)
        {
            await Send(new StreamInput { Credit = credit });
        }
    }
}
