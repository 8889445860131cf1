using Google.Protobuf;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Attaching;

/// <summary>How run, exec and attach each say the same things to the node.</summary>
internal sealed record AttachWords<TRequest>(
    Func<ByteString, TRequest> Stdin, Func<TRequest> StdinClosed, Func<TerminalSize, TRequest> Resize, Func<string, TRequest> Signal);

/// <summary>The words of the three calls.</summary>
internal static class AttachWords
{
    internal static AttachWords<RunRequest> Run { get; } = new(
        static bytes => new RunRequest { Stdin = bytes },
        static () => new RunRequest { StdinClosed = true },
        static size => new RunRequest { Resize = size },
        static signal => new RunRequest { Signal = signal });

    internal static AttachWords<ExecRequest> Exec { get; } = new(
        static bytes => new ExecRequest { Stdin = bytes },
        static () => new ExecRequest { StdinClosed = true },
        static size => new ExecRequest { Resize = size },
        static signal => new ExecRequest { Signal = signal });

    internal static AttachWords<AttachRequest> Attach { get; } = new(
        static bytes => new AttachRequest { Stdin = bytes },
        static () => new AttachRequest { StdinClosed = true },
        static size => new AttachRequest { Resize = size },
        static signal => new AttachRequest { Signal = signal });
}
