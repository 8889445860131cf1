namespace Skerry.Guard.Decisions;

/// <summary>A part of a condition, and what became of it on one event.</summary>
/// <param name="Text">The part as rules write it: a check, the name of a macro, "and", "or" or "not".</param>
/// <param name="Holds">Whether it held.</param>
/// <param name="Value">What the field was; null for other parts, and where the field was absent.</param>
/// <param name="Parts">The parts of this part.</param>
public sealed record Explanation(string Text, bool Holds, string? Value, IReadOnlyList<Explanation> Parts)
{
    /// <summary>Only what made it come out as it did: of an "or" that held the parts that held, of an "and" that did not those that did not.</summary>
    public Explanation Reason() => this with
    {
        Parts = [.. Parts.Where(p => Text == "not" || Parts.Count == 1 || p.Holds == Holds).Select(static p => p.Reason())],
    };
}
