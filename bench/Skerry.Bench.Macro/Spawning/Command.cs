using System.Collections.Immutable;
using Skerry.Bench.Macro.Peers;

namespace Skerry.Bench.Macro.Spawning;

/// <summary>A program to start, with everything it gets: nothing is inherited but the environment named here.</summary>
internal sealed record Command(string Path, ImmutableArray<string> Arguments)
{
    /// <summary>A short environment for all contenders: the same, so that none pays for a longer one.</summary>
    private static readonly ImmutableDictionary<string, string> Plain = ImmutableDictionary<string, string>.Empty
        .Add("PATH", Tool.SearchPath)
        .Add("HOME", "/nonexistent")
        .Add("LC_ALL", "C.UTF-8");

    public ImmutableDictionary<string, string> Environment { get; init; } = Plain;

    /// <summary>Where standard output goes; null: /dev/null.</summary>
    public string? Output { get; init; }

    /// <summary>Where standard error goes; null: /dev/null.</summary>
    public string? Errors { get; init; }

    public string? WorkingDirectory { get; init; }

    public static Command Of(string path, params ReadOnlySpan<string> arguments) => new(path, [.. arguments]);

    public Command With(params ReadOnlySpan<string> more) => this with { Arguments = [.. Arguments, .. more] };

    public Command WithEnvironment(string name, string value) => this with { Environment = Environment.SetItem(name, value) };

    public override string ToString() => string.Join(' ', [Path, .. Arguments]);
}
