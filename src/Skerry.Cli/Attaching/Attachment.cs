using System.Runtime.InteropServices;
using Google.Protobuf;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Attaching;

/// <summary>
/// This process's standard streams, terminal and signals, tied to a container through a call. The thread that made it reads
/// the call and writes the output; one more reads standard input; signal handlers send words of their own. What must hold:
/// nothing is kept without bound (each side blocks when the other does), and the terminal is put back on every way out.
/// </summary>
internal sealed class Attachment<TRequest, TResponse> : IDisposable
    where TRequest : IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>As docker: the third SIGINT or SIGTERM ends this process although the container goes on.</summary>
    private const int LastInterrupt = 3;

    private const int Chunk = 32 << 10;

    // asm-generic/signal.h; the base library's names do not cover them, and take raw numbers.
    private const PosixSignal SIGUSR1 = (PosixSignal)10;
    private const PosixSignal SIGUSR2 = (PosixSignal)12;

    private static readonly (PosixSignal Signal, string Name, int Number)[] Proxied =
    [
        (PosixSignal.SIGHUP, "SIGHUP", 1), (PosixSignal.SIGINT, "SIGINT", 2), (PosixSignal.SIGQUIT, "SIGQUIT", 3),
        (SIGUSR1, "SIGUSR1", 10), (SIGUSR2, "SIGUSR2", 12), (PosixSignal.SIGTERM, "SIGTERM", 15),
    ];

    private readonly NodeCall<TRequest, TResponse> _call;
    private readonly AttachWords<TRequest> _words;
    private readonly AttachOptions _options;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private RawTerminal? _terminal;
    private volatile bool _started;
    private volatile bool _detached;
    private int _interrupts;

    internal Attachment(NodeCall<TRequest, TResponse> call, AttachWords<TRequest> words, AttachOptions options)
    {
        _call = call;
        _words = words;
        _options = options;
    }

    /// <summary>The detach keys were pressed: the call is closed, the container goes on.</summary>
    internal bool Detached => _detached;

    /// <summary>The size of the terminal that the container is shown, or null.</summary>
    internal static TerminalSize? Size() =>
        (Terminal.Size(StandardStream.Out) ?? Terminal.Size(StandardStream.In)) is { } size
            ? new TerminalSize { Columns = (uint)size.Columns, Rows = (uint)size.Rows }
            : null;

    /// <summary>Refuses <c>-it</c> where standard input is no terminal, as docker does.</summary>
    internal static void CheckTerminal(AttachOptions options)
    {
        if (options is { Tty: true, Stdin: true } && !Terminal.Is(StandardStream.In))
        {
            throw new CliFailure("standard input is not a terminal, and -t with -i needs one", "leave out -t to pipe data in");
        }
    }

    /// <summary>Takes the signals over. Called once the first message is on its way.</summary>
    internal void TakeSignals()
    {
        foreach (var (signal, name, number) in Proxied)
        {
            if (_options.Tty || _options.SignalProxy)
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, context => OnSignal(context, name, number)));
            }
        }

        if (_options.Tty)
        {
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => SendSize()));
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => OnContinued()));
        }
    }

    /// <summary>The container runs: keys and input are its own from now on.</summary>
    internal void Begin()
    {
        if (_started)
        {
            return;
        }

        _started = true;
        if (!_options.Stdin)
        {
            return;
        }

        if (_options.Tty)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => _terminal?.Dispose();
            _terminal = RawTerminal.Enter(StandardStream.In);
            SendSize(); // it may have changed since the first message
        }

        new Thread(_options.Tty ? PumpKeys : PumpBytes, 128 << 10) { IsBackground = true, Name = "stdin" }.Start();
    }

    /// <summary>Writes what the container wrote.</summary>
    /// <exception cref="Terminals.OutputClosedException">Nobody reads it any more.</exception>
    internal void Write(int fd, ByteString bytes)
    {
        if (!StandardStream.Write(fd, bytes.Span))
        {
            throw new Terminals.OutputClosedException();
        }
    }

    public void Dispose()
    {
        _terminal?.Dispose();
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void PumpBytes()
    {
        var buffer = new byte[Chunk];
        while (Read(buffer) is var count and > 0)
        {
            if (!_call.Send(_words.Stdin(UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, count)))))
            {
                return;
            }
        }

        _call.Send(_words.StdinClosed());
    }

    private void PumpKeys()
    {
        var buffer = new byte[Chunk];
        var keys = new DetachKeys(_options.DetachKeys);
        var through = new List<byte>();
        while (Read(buffer) is var count and > 0)
        {
            through.Clear();
            var detach = keys.Filter(buffer.AsSpan(0, count), through);
            if (through.Count > 0 && !_call.Send(_words.Stdin(ByteString.CopyFrom([.. through]))))
            {
                return;
            }

            if (detach)
            {
                _detached = true;
                _call.Dispose(); // wakes the thread that reads
                return;
            }
        }

        _call.Send(_words.StdinClosed());
    }

    private static int Read(byte[] buffer)
    {
        try
        {
            return StandardStream.Read(StandardStream.In, buffer);
        }
        catch (LinuxException)
        {
            return 0; // a closed or unreadable input is an empty one
        }
    }

    private void OnSignal(PosixSignalContext context, string name, int number)
    {
        context.Cancel = true;
        var leave = !_started || _options.Tty;
        if (number is 2 or 15 && Interlocked.Increment(ref _interrupts) == LastInterrupt)
        {
            leave = true;
        }

        if (leave)
        {
            // Not running yet: the node gives the start up when the call breaks. Running: it goes on without us.
            _terminal?.Dispose();
            Environment.Exit(ExitCodes.SignalBase + number);
        }

        _call.Send(_words.Signal(name));
    }

    private void OnContinued()
    {
        try
        {
            _terminal?.Reenter();
        }
        catch (LinuxException)
        {
            return; // continued in the background: the shell owns the terminal
        }

        SendSize();
    }

    private void SendSize()
    {
        if (_started && Size() is { } size)
        {
            _call.Send(_words.Resize(size));
        }
    }
}
