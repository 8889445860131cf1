using System.Text.RegularExpressions;

namespace Skerry.Architecture.Tests.Rules;

/// <summary>
/// SPECIFICATION.md against the tests. A kept promise is a line `- **P-07** …`, and the code names at the end of its
/// paragraph are the tests that keep it; a test may carry [Trait("Promise", "P-07")]. Below "Not yet kept" no test is named.
/// </summary>
internal static partial class PromiseRules
{
    public const string NotYetKept = "## Not yet kept";

    public static IEnumerable<string> Breaches(string specification, IReadOnlyCollection<SourceFile> tests)
    {
        var border = specification.IndexOf(NotYetKept, StringComparison.Ordinal);
        if (border < 0)
        {
            return [$"SPECIFICATION.md has no section \"{NotYetKept}\""];
        }

        var kept = Promises(specification[..border]);
        var open = Promises(specification[border..]);
        var methods = tests.SelectMany(static t => TestMethod().Matches(t.Code).Select(static m => m.Groups["name"].Value)).ToHashSet(StringComparer.Ordinal);
        var tagged = tests.SelectMany(static t => PromiseTrait().Matches(t.Text).Select(m => (Id: m.Groups["id"].Value, At: t.At(m.Index)))).ToList();
        return
        [
            .. kept.Concat(open).GroupBy(static p => p.Id, StringComparer.Ordinal).Where(static g => g.Count() > 1)
                .Select(static g => $"{g.Key} is promised {g.Count()} times"),
            .. kept.Where(static p => p.Tests.Count == 0).Select(static p => $"{p.Id} is said to be kept and names no test"),
            .. kept.SelectMany(static p => p.Tests, static (p, test) => (p.Id, Test: test)).Where(p => !methods.Contains(p.Test))
                .Select(static p => $"{p.Id} names the test {p.Test}, which does not exist"),
            .. open.Where(static p => p.Tests.Count > 0).Select(static p => $"{p.Id} is not yet kept and yet names {p.Tests[0]}"),
            .. tagged.Where(t => kept.TrueForAll(p => p.Id != t.Id)).Select(static t => $"{t.At} tests {t.Id}, which SPECIFICATION.md does not list as kept"),
        ];
    }

    private static List<(string Id, List<string> Tests)> Promises(string section) =>
        [.. PromiseParagraph().Matches(section).Select(static m => (m.Groups["id"].Value, TestNames(m.Groups["text"].Value)))];

    /// <summary>A test's name is a sentence: it has an underscore between letters and starts with a capital.</summary>
    private static List<string> TestNames(string text) => [.. TestName().Matches(text).Select(static m => m.Groups["name"].Value)];

    [GeneratedRegex(@"^- \*\*(?<id>P-\d+)\*\*(?<text>.*(\n(?!- |#|\n).*)*)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 10_000)]
    private static partial Regex PromiseParagraph();

    [GeneratedRegex(@"`(\w+\.)*(?<name>[A-Z][A-Za-z0-9]*_\w+)`", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex TestName();

    [GeneratedRegex(@"\b(void|Task|ValueTask)\s+(?<name>[A-Z]\w+)\s*\(", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"Trait\(\s*""Promise""\s*,\s*""(?<id>P-\d+)""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex PromiseTrait();
}
