namespace Skerry.System.Tests.Tiers;

/// <summary>One thing that a container does alike in every tier.</summary>
/// <param name="Name">What it is, unique.</param>
/// <param name="Options">For <c>skerry run</c> or <c>skerry exec</c>.</param>
/// <param name="Script">For <c>sh -c</c>.</param>
/// <param name="Out">All that it writes to standard output; null: not looked at.</param>
internal sealed record TierCase(string Name, string[] Options, string Script, string? Out)
{
    /// <summary>Exit code.</summary>
    public int Code { get; init; }

    /// <summary>Standard input; null: none.</summary>
    public string? Input { get; init; }

    /// <summary>What standard error has in it.</summary>
    public string Error { get; init; } = string.Empty;

    /// <summary>Program and arguments in place of the script; null: the script.</summary>
    public string[]? Command { get; init; }

    /// <summary>Tiers that do it otherwise, which docs/tiers-compared.md lists.</summary>
    public string[] NotIn { get; init; } = [];

    /// <summary>What is run.</summary>
    public string[] Words => Command ?? ["sh", "-c", Script];
}
