namespace Skerry.Bench.Macro.Reports;

/// <summary>One measure that is promised: what, the limit, and what was found.</summary>
/// <param name="What">The measure as people say it.</param>
/// <param name="Limit">At most this.</param>
/// <param name="Unit">"×", "MB", "%", "" for a count.</param>
/// <param name="Value">What was measured; null: it was not.</param>
/// <param name="Why">Why it was not measured, or what else to know.</param>
internal sealed record Bar(string What, double Limit, string Unit, double? Value, string Why = "")
{
    public string Verdict => Value is not { } value ? "not measured" : value <= Limit ? "pass" : "FAIL";

    public string ValueText => Value is { } value ? Figures.Of(value) + Suffix : "–";

    public string LimitText => "≤ " + Figures.Of(Limit) + Suffix;

    private string Suffix => Unit.Length == 0 ? "" : $" {Unit}";

    /// <summary>The ratio of two medians.</summary>
    public static Bar Ratio(string what, double limit, double? ours, double? theirs, string why) =>
        ours is { } o && theirs is { } t && t > 0 ? new Bar(what, limit, "×", o / t) : new Bar(what, limit, "×", null, why);
}
