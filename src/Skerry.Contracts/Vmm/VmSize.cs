namespace Skerry.Contracts.Vmm;

/// <summary>
/// How much memory a guest may use: what a node asks a machine's holder for, and what it answers; a JSON document and a line feed each, one of
/// each on a connection.
/// </summary>
public sealed record VmSize
{
    /// <summary>Most bytes of a document with its line feed.</summary>
    public const int MostBytes = 4096;

    /// <summary>MiB. Asked: 0 changes nothing. Answered: what it is now; 0 where that is not known.</summary>
    public required int MemoryMebibytes { get; init; }

    /// <summary>Answered: why it is not what was asked for; empty: it is.</summary>
    public string Problem { get; init; } = string.Empty;
}
