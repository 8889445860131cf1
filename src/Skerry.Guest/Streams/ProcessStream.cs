using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Guest.Containers;
using Skerry.Guest.Loop;
using Skerry.Guest.Spec;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Linux.Terminals;
using Skerry.Linux.Watches;

namespace Skerry.Guest.Streams;

/// <summary>
/// One process of a container from its start to its end, and its stream to the host: Run is a container's first process, Exec a further.
/// <code>
/// Waiting --start--> Starting --crun ended well--> Running --process ended--> Draining --all sent--> Over
///                        \--crun failed--> Over           (given up: the process is killed, and it goes on as it would)
/// </code>
/// </summary>
internal sealed class ProcessStream(EventLoop loop, ContainerTable containers, TtrpcServerStream stream, bool isExec)
{
    private const int SIGKILL = 9;
    private const int MaxDocument = 2 << 20;
    private const int AdoptionPatience = 10_000; // tries of one millisecond
    private static int _count;

    private readonly TtrpcCredit _outputCredit = new();
    private readonly TtrpcCredit _inputCredit = new();
    private readonly List<int> _earlySignals = [];
    private readonly List<ByteString> _earlyInput = [];
    private Container? _container;
    private ChildProcess? _crun;
    private ChildProcess? _process;
    private ConsoleSocket? _console;
    private FileDescriptor? _terminal;
    private OutputPipe? _output;
    private OutputPipe? _error;
    private InputPipe? _input;
    private string _files = "";
    private WindowSize? _size;
    private bool _isTerminal;
    private bool _isGivenUp;
    private bool _isOver;
    private int? _code;

    /// <summary>Takes the next message of the host.</summary>
    public void Take(ReadOnlyMemory<byte> bytes)
    {
        if (_isOver)
        {
            return;
        }

        try
        {
            Take(StreamInput.Parser.ParseFrom(bytes.Span));
        }
        catch (GuestException error)
        {
            FailStart(error.Code, error.Message);
        }
        catch (LinuxException error)
        {
            FailStart(TtrpcStatusCode.Internal, error.Message);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or TtrpcException)
        {
            // One caller of many that share the connection: what it does wrong is its own end alone.
            FailStart(TtrpcStatusCode.InvalidArgument, error.Message);
        }
    }

    /// <summary>The host has given the stream up, or is gone: nobody waits for the process any more.</summary>
    public void GiveUp()
    {
        _isGivenUp = true;
        if (_container is null)
        {
            _isOver = true;
            stream.Fail(TtrpcStatusCode.Cancelled, "the stream was given up before it began");
            return;
        }

        Kill();
        _output?.Dispose();
        _error?.Dispose();
        Settle();
    }

    private void Take(StreamInput input)
    {
        switch (input.WhatCase)
        {
            case StreamInput.WhatOneofCase.Start when _container is null:
                Start(input.Start);
                break;
            case StreamInput.WhatOneofCase.Start or StreamInput.WhatOneofCase.None:
                throw new GuestException(TtrpcStatusCode.InvalidArgument, "a stream starts one process, with its first message");
            case var _ when _container is null:
                throw new GuestException(TtrpcStatusCode.InvalidArgument, "the first message of a stream says what to start");
            case StreamInput.WhatOneofCase.Stdin:
                _inputCredit.Receive(input.Stdin.Length);
                TakeInput(input.Stdin);
                break;
            case StreamInput.WhatOneofCase.StdinClosed:
                if (!_isTerminal)
                {
                    _input?.Close();
                }

                break;
            case StreamInput.WhatOneofCase.Resize:
                _size = Size(input.Resize) ?? _size;
                Resize();
                break;
            case StreamInput.WhatOneofCase.Signal:
                Signal(input.Signal);
                break;
            case StreamInput.WhatOneofCase.Credit:
                _outputCredit.Return(input.Credit);
                _output?.Resume();
                _error?.Resume();
                Settle();
                break;
        }
    }

    private void Start(StreamStart start)
    {
        if (start.Document.Length > MaxDocument)
        {
            throw new GuestException(TtrpcStatusCode.InvalidArgument, $"a document of {start.Document.Length} bytes is more than {MaxDocument}");
        }

        _isTerminal = start.Tty;
        _size = Size(start.Terminal);
        if (isExec)
        {
            var container = containers.Running(start.Container);
            var files = $"{container.Directory}/x{++_count}";
            File.WriteAllBytes(files + ".json", ExecSpec.Write(start.Document.Memory, start.User, container.Root));
            (_container, _files) = (container, files);
        }
        else
        {
            _container = containers.Add(start.Container);
            _files = _container.Directory + "/run";
            var binds = RootAssembly.Assemble(_container, start.Root ?? new GuestRoot(), containers.Disks);
            var (document, sysctls) = SpecRewrite.Rewrite(start.Document.Memory, _container.Root, "/skerry/" + _container.Id, binds);
            foreach (var (key, value) in sysctls)
            {
                NetworkSysctl.Set(key, value);
            }

            File.WriteAllBytes(_container.Directory + "/config.json", document);
        }

        Launch(start.Stdin);
    }

    /// <summary>Starts the runtime. Its ends of the pipes are closed here as soon as it has them, so that their end is told.</summary>
    private void Launch(bool hasInput)
    {
        var streams = new List<(int, FileDescriptor)>();
        string? console = null;
        if (_isTerminal)
        {
            console = _files + ".tty";
            _console = ConsoleSocket.Listen(console);
            loop.Add(_console.Descriptor, Interest.Read, _ => TakeTerminal());
        }
        else
        {
            var (outputRead, outputWrite) = Spawn.Pipe();
            var (errorRead, errorWrite) = Spawn.Pipe();
            streams.AddRange([(1, outputWrite), (2, errorWrite)]);
            _output = new OutputPipe(loop, outputRead, Credit, bytes => Send(bytes, isError: false), Settle);
            _error = new OutputPipe(loop, errorRead, Credit, bytes => Send(bytes, isError: true), Settle);
            if (hasInput)
            {
                var (inputRead, inputWrite) = Spawn.Pipe();
                streams.Add((0, inputRead));
                _input = new InputPipe(loop, inputWrite, owns: true, Written);
            }
        }

        try
        {
            _crun = isExec ? Crun.Exec(_container!, _files, console, streams) : Crun.Run(_container!, _files, console, streams);
        }
        finally
        {
            foreach (var (_, file) in streams)
            {
                file.Dispose();
            }
        }

        containers.BeginStart();
        loop.Add(_crun.Descriptor, Interest.Read, _ => CrunEnded());
    }

    private void TakeTerminal()
    {
        var before = _console!.Descriptor;
        var terminal = _console.TryReceive();
        if (terminal is null)
        {
            if (_console.Descriptor != before)
            {
                loop.Remove(before);
                loop.Add(_console.Descriptor, Interest.Read, _ => TakeTerminal());
            }

            return;
        }

        loop.Remove(before);
        _console.Dispose();
        _console = null;
        _terminal = terminal;
        Resize();
        _input = new InputPipe(loop, terminal, owns: false, Written);
        _earlyInput.ForEach(_input.Add);
        _earlyInput.Clear();
        _output = new OutputPipe(loop, terminal, Credit, bytes => Send(bytes, isError: false), Settle);
    }

    private void CrunEnded()
    {
        loop.Remove(_crun!.Descriptor);
        var code = _crun.Wait(TimeSpan.Zero) ?? 0;
        _crun.Dispose();
        try
        {
            if (code != 0)
            {
                var (kind, reason) = Crun.Failure(_files, code);
                End(new GuestExit { Code = kind, Reason = reason });
                return;
            }

            _process = Crun.Adopt(_files);
        }
        finally
        {
            containers.EndStart();
        }

        if (!isExec)
        {
            _container!.Init = _process;
        }

        loop.Add(_process.Descriptor, Interest.Read, _ => ProcessEnded());
        stream.Send(new StreamOutput { Started = _process.Pid });
        _output?.Resume();
        _error?.Resume();
        foreach (var signal in _earlySignals)
        {
            _process.Signal(signal);
        }

        if (_isGivenUp)
        {
            Kill();
        }
    }

    private void ProcessEnded()
    {
        loop.Remove(_process!.Descriptor);
        TakeCode(AdoptionPatience);
    }

    /// <summary>
    /// The runtime's detached helper, which is the parent until it ends, may end a little after the runtime itself: until then the process
    /// is not this one's child.
    /// </summary>
    private void TakeCode(int tries)
    {
        try
        {
            _code = _process!.Wait(TimeSpan.Zero);
        }
        catch (LinuxException error) when (error.Error == Errno.ECHILD && tries > 0)
        {
            loop.After(1, () => TakeCode(tries - 1));
            return;
        }

        _process.Dispose();
        if (!isExec)
        {
            _container!.Init = null;
        }

        containers.Reap();
        Settle();
    }

    /// <summary>Ends the stream once the process has ended and what it wrote has been sent, or nobody wants it.</summary>
    private void Settle()
    {
        if (_isOver || _code is not { } code)
        {
            return;
        }

        if (_isGivenUp || ((_output?.Drain() ?? true) && (_error?.Drain() ?? true)))
        {
            if (!_isOver)
            {
                End(new GuestExit { Code = code, OomKilled = !isExec && _container!.Cgroup.OomKills > 0 });
            }
        }
    }

    private void End(GuestExit exit)
    {
        _isOver = true;
        Release();
        stream.Finish(new StreamOutput { Exit = exit });
    }

    /// <summary>A failure before there is a process; later ones are the host's own breaches, and end the process, too.</summary>
    private void FailStart(TtrpcStatusCode code, string message)
    {
        if (_crun is not null)
        {
            stream.Fail(code, message);
            GiveUp();
            return;
        }

        _isOver = true;
        Release();
        if (_container is null)
        {
            stream.Fail(code, message);
        }
        else
        {
            stream.Finish(new StreamOutput { Exit = new GuestExit { Code = 125, Reason = message } });
        }
    }

    private void Release()
    {
        _input?.Dispose();
        _output?.Dispose();
        _error?.Dispose();
        _terminal?.Dispose();
        if (_console is not null)
        {
            loop.Remove(_console.Descriptor);
            _console.Dispose();
        }

        if (_container is not null && !isExec)
        {
            containers.Remove(_container);
        }
        else if (_files.Length > 0)
        {
            // A health check is an exec every few seconds: nothing of it may stay.
            foreach (var ending in new[] { ".json", ".log", ".pid", ".tty" })
            {
                FileCalls.Unlink(null, _files + ending);
            }
        }
    }

    private void Kill()
    {
        if (isExec)
        {
            _process?.Signal(SIGKILL);
        }
        else
        {
            _container?.Cgroup.Kill();
        }
    }

    private void Signal(int signal)
    {
        if (signal is < 1 or > 64)
        {
            throw new GuestException(TtrpcStatusCode.InvalidArgument, $"there is no signal {signal}");
        }

        if (_process is not null)
        {
            _process.Signal(signal);
        }
        else if (_earlySignals.Count < 64)
        {
            _earlySignals.Add(signal);
        }
    }

    /// <summary>Before the process runs the runtime may write its complaints there; they are in the reason.</summary>
    private int Credit() => _process is null ? 0 : _outputCredit.Available;

    private void TakeInput(ByteString bytes)
    {
        if (_input is not null)
        {
            _input.Add(bytes);
        }
        else if (_isTerminal)
        {
            // The terminal has not come yet.
            _earlyInput.Add(bytes);
        }
        else
        {
            Written(bytes.Length);
        }
    }

    private void Written(int length)
    {
        if (_inputCredit.Consume(length) is > 0 and var credit)
        {
            stream.Send(new StreamOutput { Credit = credit });
        }
    }

    private void Send(ReadOnlyMemory<byte> bytes, bool isError)
    {
        _outputCredit.Spend(bytes.Length);
        var content = UnsafeByteOperations.UnsafeWrap(bytes);
        stream.Send(isError ? new StreamOutput { Stderr = content } : new StreamOutput { Stdout = content });
    }

    private void Resize()
    {
        if (_terminal is not null && _size is { } size)
        {
            Terminal.SetSize(_terminal, size);
        }
    }

    private static WindowSize? Size(GuestTerminalSize? size) =>
        size is { Columns: > 0 and <= ushort.MaxValue, Rows: > 0 and <= ushort.MaxValue } ? new WindowSize((int)size.Columns, (int)size.Rows) : null;
}
