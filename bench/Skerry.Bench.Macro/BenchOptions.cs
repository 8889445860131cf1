using System.Collections.Immutable;
using System.Globalization;

namespace Skerry.Bench.Macro;

/// <summary>How much to measure.</summary>
internal sealed record BenchOptions
{
    /// <summary>Names of sections; empty: all.</summary>
    public ImmutableArray<string> Only { get; init; } = [];

    public bool Quick { get; init; }

    /// <summary>Samples per contender of the short measurements.</summary>
    public int Runs { get; init; } = 50;

    /// <summary>Samples per contender of the long ones (100 pods, pulls).</summary>
    public int LongRuns { get; init; } = 30;

    public int WarmUps { get; init; } = 3;

    /// <summary>Create/delete cycles of the growth measurement.</summary>
    public int Cycles { get; init; } = 10_000;

    /// <summary>Pods of the crowd.</summary>
    public int Crowd { get; init; } = 500;

    /// <summary>Seconds of the idle measurement.</summary>
    public int IdleSeconds { get; init; } = 60;

    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        BenchOptions options = new();
        if (arguments.Contains("--quick"))
        {
            options = options with { Quick = true, Runs = 10, LongRuns = 3, WarmUps = 1, Cycles = 300, Crowd = 50, IdleSeconds = 10 };
        }

        for (int i = 0; i < arguments.Count; i++)
        {
            string Next() => ++i < arguments.Count ? arguments[i] : throw new BenchException($"{arguments[i - 1]} needs a value");
            int Number()
            {
                string option = arguments[i];
                string value = Next();
                return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    ? number
                    : throw new BenchException($"{option} needs a number, not '{value}'");
            }

            options = arguments[i] switch
            {
                "--quick" => options,
                "--only" => options with { Only = options.Only.AddRange(Next().Split(',')) },
                "--runs" => options with { Runs = Number() },
                "--long-runs" => options with { LongRuns = Number() },
                "--cycles" => options with { Cycles = Number() },
                "--crowd" => options with { Crowd = Number() },
                "--idle-seconds" => options with { IdleSeconds = Number() },
                string other => throw new BenchException($"unknown option '{other}': see bench/run --help"),
            };
        }

        return options;
    }
}
