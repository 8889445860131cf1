namespace Skerry.Linux.Bpf;

/// <summary>What the warden did (enum answer_kind, bpf/include/contract.h).</summary>
public enum WardenAnswerKind : uint
{
    /// <summary>A program was killed before its first instruction.</summary>
    Killed = 0,

    /// <summary>A connection, a datagram or a socket was denied.</summary>
    Denied = 1,

    /// <summary>A program was not started.</summary>
    Refused = 2,

    /// <summary>A call was denied.</summary>
    Forbidden = 3,
}
