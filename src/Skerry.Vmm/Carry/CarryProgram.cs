using System.Text.Json;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Linux.Terminals;

namespace Skerry.Vmm.Carry;

/// <summary>
/// A container of the guest, or a further process in one, as a process of the node: its streams, its terminal, its signals and its exit code are
/// the program's. When it is killed the guest kills the program.
/// </summary>
internal sealed class CarryProgram(CarryTask task, TimeProvider clock)
{
    private const int NotStarted = 125;
    private const int Killed = 137;
    private const string Service = "skerry.guest.v1.Guest";

    /// <summary>A process for a container that is just being started in the guest waits for it so long.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);

    /// <summary>And so long in all for a guest that may not answer.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private readonly Lock _lock = new(); // guards the two below
    private readonly List<int> _early = [];
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isStarted;

    /// <summary>Carries to the end.</summary>
    /// <returns>The program's exit code.</returns>
    internal static async Task<int> Run(CarryTask task)
    {
        CarryOutcome outcome;
        try
        {
            outcome = await new CarryProgram(task, TimeProvider.System).Carry().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidProtocolBufferException)
        {
            outcome = new CarryOutcome { Code = NotStarted, Reason = Short(error.Message), IsBroken = true, NeverStarted = true };
        }

        if (outcome.Reason.Length > 0)
        {
            await Console.Error.WriteLineAsync("skerry-vmm: " + outcome.Reason).ConfigureAwait(false);
        }

        if (task.Outcome is { } file)
        {
            Write(file, JsonSerializer.SerializeToUtf8Bytes(outcome, VmJson.Default.CarryOutcome));
        }

        return outcome.Code;
    }

    private async Task<CarryOutcome> Carry()
    {
        var start = StreamStart.Parser.ParseFrom(await File.ReadAllBytesAsync(task.Start).ConfigureAwait(false));
        using var raw = start.Tty && Terminal.Is(StandardStream.In) ? RawTerminal.Enter(StandardStream.In) : null;
        if (start.Tty && Terminal.Size(StandardStream.In) is { } size)
        {
            start.Terminal = Told(size);
        }

        await using var client = new TtrpcClient(await MachineCall.Connect(clock).ConfigureAwait(false));
        var carrying = Whole(client, start);
        if (task.IsExec && await Task.WhenAny(carrying, _begun.Task, Task.Delay(AnswerPatience, clock)).ConfigureAwait(false) != carrying && !_begun.Task.IsCompleted)
        {
            return Ended($"no answer from the guest: the program was not started within {AnswerPatience.TotalSeconds:0} s; look at the pod with 'skerry stats', or stop it", isBroken: false);
        }

        return await carrying.ConfigureAwait(false);
    }

    private async Task<CarryOutcome> Whole(TtrpcClient client, StreamStart start)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            if (await Carry(client, start).ConfigureAwait(false) is { } outcome)
            {
                return outcome;
            }

            if (clock.GetElapsedTime(began) >= StartPatience)
            {
                return Ended("the container did not start in time", isBroken: false);
            }

            await Task.Delay(Pause, clock).ConfigureAwait(false);
        }
    }

    /// <summary>Carries to the end.</summary>
    /// <returns>Null: an exec whose container does not run in the guest yet; it does on the node, so it is on its way.</returns>
    private async Task<CarryOutcome?> Carry(TtrpcClient client, StreamStart start)
    {
        await using var stream = await client.OpenAsync(Service, task.IsExec ? "Exec" : "Run").ConfigureAwait(false);
        using var signals = new SignalRelay(number => Signal(stream, number), () => Resized(stream, start.Tty));
        await stream.SendAsync(new StreamInput { Start = start }).ConfigureAwait(false);
        var inlet = new Inlet(message => stream.SendAsync(message).AsTask());
        var outlet = new Outlet(count => Post(stream, new StreamInput { Credit = count }));
        var outcome = await Follow(stream, start, inlet, outlet).ConfigureAwait(false);
        outlet.End();
        await outlet.Done.ConfigureAwait(false);
        return outcome;
    }

    private async Task<CarryOutcome?> Follow(TtrpcClientStream stream, StreamStart start, Inlet inlet, Outlet outlet)
    {
        try
        {
            while (await stream.ReadAsync(StreamOutput.Parser).ConfigureAwait(false) is { } said)
            {
                switch (said.WhatCase)
                {
                    case StreamOutput.WhatOneofCase.Started:
                        Started(stream, start, inlet);
                        break;
                    case StreamOutput.WhatOneofCase.Stdout:
                        outlet.Add(StandardStream.Out, said.Stdout.ToByteArray());
                        break;
                    case StreamOutput.WhatOneofCase.Stderr:
                        outlet.Add(StandardStream.Error, said.Stderr.ToByteArray());
                        break;
                    case StreamOutput.WhatOneofCase.Credit:
                        inlet.Return(said.Credit);
                        break;
                    case StreamOutput.WhatOneofCase.Exit:
                        return Outcome(said.Exit);
                }
            }

            return Ended("the guest ended the stream without an exit code", isBroken: true);
        }
        catch (TtrpcStatusException error) when (task.IsExec && !IsStarted && error.Code is TtrpcStatusCode.NotFound or TtrpcStatusCode.FailedPrecondition)
        {
            return null;
        }
        catch (TtrpcStatusException error)
        {
            // The holder's own words for a machine that has ended; any other code is the guest's, which refuses what it was asked.
            return Ended(error.Message, isBroken: error.Code == TtrpcStatusCode.Unavailable);
        }
        catch (TtrpcException error)
        {
            return Ended(error.Message, isBroken: true);
        }
    }

    private bool IsStarted
    {
        get
        {
            lock (_lock)
            {
                return _isStarted;
            }
        }
    }

    private CarryOutcome Ended(string reason, bool isBroken) => new() { Code = IsStarted ? Killed : NotStarted, Reason = Short(reason), IsBroken = isBroken, NeverStarted = !IsStarted };

    /// <summary>What the guest says of the end. Its word is taken for what an exit code can be, and cut.</summary>
    private CarryOutcome Outcome(GuestExit exit) => new()
    {
        Code = exit.Code is >= 0 and <= 255 ? exit.Code : 255,
        OomKilled = exit.OomKilled,
        NeverStarted = !IsStarted,
        Reason = Short(exit.Reason),
    };

    private void Started(TtrpcClientStream stream, StreamStart start, Inlet inlet)
    {
        lock (_lock)
        {
            if (_isStarted)
            {
                return;
            }

            _isStarted = true;
            _early.ForEach(number => Post(stream, new StreamInput { Signal = number }));
        }

        _begun.TrySetResult();
        if (task.Outcome is { } outcome)
        {
            Write(Path.Combine(Path.GetDirectoryName(outcome)!, CarryOutcome.StartedMark), []);
        }

        if (start.Stdin || start.Tty)
        {
            inlet.Begin();
        }
    }

    /// <summary>A signal that comes before there is a program waits for it.</summary>
    private void Signal(TtrpcClientStream stream, int number)
    {
        lock (_lock)
        {
            if (!_isStarted)
            {
                _early.Add(number);
                return;
            }

            Post(stream, new StreamInput { Signal = number });
        }
    }

    private static void Resized(TtrpcClientStream stream, bool isTerminal)
    {
        if (isTerminal && Terminal.Size(StandardStream.In) is { } size)
        {
            Post(stream, new StreamInput { Resize = Told(size) });
        }
    }

    private static GuestTerminalSize Told(WindowSize size) => new() { Columns = (uint)size.Columns, Rows = (uint)size.Rows };

    /// <summary>Sends without waiting for it: the connection keeps the order.</summary>
    private static void Post(TtrpcClientStream stream, StreamInput message) => _ = Sent(stream, message);

    private static async Task Sent(TtrpcClientStream stream, StreamInput message)
    {
        try
        {
            await stream.SendAsync(message).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TtrpcException or OperationCanceledException)
        {
            // Reading finds out too, and says it.
        }
    }

    private static string Short(string text) => text.Length > CarryOutcome.MaxReason ? text[..CarryOutcome.MaxReason] : text;

    private static void Write(string file, byte[] content)
    {
        try
        {
            File.WriteAllBytes(file, content);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"skerry-vmm: {file}: {error.Message}");
        }
    }
}
