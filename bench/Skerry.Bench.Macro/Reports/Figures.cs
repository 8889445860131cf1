using System.Globalization;

namespace Skerry.Bench.Macro.Reports;

/// <summary>Numbers as the tables show them: three figures, no more.</summary>
internal static class Figures
{
    public static string Of(double value) =>
        double.IsNaN(value) ? "–"
        : value.ToString(Math.Abs(value) switch { >= 100 or 0 => "0", >= 10 => "0.0", >= 1 => "0.00", _ => "0.000" }, CultureInfo.InvariantCulture);

    /// <summary>Bytes as MB of 10^6.</summary>
    public static double Megabytes(long bytes) => bytes / 1e6;
}
