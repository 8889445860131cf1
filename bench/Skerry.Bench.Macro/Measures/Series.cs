namespace Skerry.Bench.Macro.Measures;

/// <summary>The samples of one contender in one section. Units: milliseconds.</summary>
internal sealed class Series(string name)
{
    private readonly List<double> wall = [];
    private readonly List<double> cpu = [];

    public string Name { get; } = name;

    public int Count => wall.Count;

    public double Minimum => Quantile(wall, 0);

    public double Median => Quantile(wall, 0.5);

    public double Ninetieth => Quantile(wall, 0.9);

    /// <summary>CPU time of everything the contender set in motion, daemons and helpers included, until it was quiet again.</summary>
    public double CpuMedian => Quantile(cpu, 0.5);

    public IReadOnlyList<double> Wall => wall;

    public void Add(TimeSpan wallClock, TimeSpan cpuTime)
    {
        wall.Add(wallClock.TotalMilliseconds);
        cpu.Add(cpuTime.TotalMilliseconds);
    }

    /// <summary>Linear interpolation between the two nearest ranks.</summary>
    internal static double Quantile(IReadOnlyCollection<double> values, double q)
    {
        if (values.Count == 0)
        {
            return double.NaN;
        }

        double[] sorted = [.. values.Order()];
        double rank = q * (sorted.Length - 1);
        int below = (int)rank;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (rank - below));
    }
}
