using Skerry.Cli.Terminals;
using Skerry.Linux.Terminals;

namespace Skerry.Cli;

/// <summary>What a command has around it: its outputs, the clock, the environment.</summary>
internal sealed class CliContext
{
    internal TextOutput Out { get; } = new(StandardStream.Out);

    internal TextOutput Error { get; } = new(StandardStream.Error);

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>An environment variable, or null where it is missing or empty.</summary>
    internal string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
