using System.Text.RegularExpressions;

namespace Skerry.Architecture.Tests;

/// <summary>What documents say of the sources is so.</summary>
public sealed partial class DocumentTests
{
    private const int Timeout = 10_000; // ms

    [Fact]
    public void Every_file_that_the_architecture_names_exists()
    {
        var names = Repository.Shipped.Select(static s => s.Name).ToHashSet(StringComparer.Ordinal);
        var named = FileName().Matches(Repository.Read("ARCHITECTURE.md")).Select(static m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        Verdict.None(named.Where(n => !names.Contains(n)).Select(static n => $"ARCHITECTURE.md names {n}, which is not below src/"));
    }

    [Fact]
    public void Every_folder_of_the_node_is_in_the_architecture()
    {
        var text = Repository.Read("ARCHITECTURE.md");
        Verdict.None(Repository.Shipped.Where(static s => s.Folders is ["src", "Skerry.Node", _, ..]).Select(static s => s.Folders[2]).Distinct(StringComparer.Ordinal)
            .Where(folder => !text.Contains($"`{folder}/`", StringComparison.Ordinal)).Select(static folder => $"ARCHITECTURE.md says nothing of src/Skerry.Node/{folder}/"));
    }

    [Fact]
    public void The_status_codes_that_the_node_gives_are_those_of_the_document()
    {
        var given = Repository.Shipped.Where(static s => s.Folders is ["src", "Skerry.Node", ..])
            .SelectMany(static s => StatusCode().Matches(s.Code).Select(static m => m.Groups[1].Value)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        Assert.Equal(given, FirstCells("## Status codes", "## Exit codes").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_exit_codes_of_the_command_line_are_those_of_the_document()
    {
        var given = Repository.Shipped.Single(static s => s.Path == "src/Skerry.Cli/ExitCodes.cs");
        var names = Constant().Matches(given.Code).Select(static m => m.Groups[1].Value).ToList();
        var rows = Rows("## Exit codes", null).Select(static row => (Code: row[0], Name: row[1].Trim('`'))).ToList();
        Assert.Equal(names, rows.Select(static r => r.Name));
        Verdict.None(Constant().Matches(given.Code).Select(static m => (Name: m.Groups[1].Value, Value: m.Groups[2].Value))
            .Where(c => int.TryParse(c.Value, out _) && c.Name != "SignalBase" && rows.Single(r => r.Name == c.Name).Code != c.Value)
            .Select(static c => $"docs/errors.md: {c.Name} is {c.Value}"));
    }

    [Fact]
    public void Every_check_of_the_doctor_is_in_the_document()
    {
        var made = Repository.Shipped.Where(static s => s.Folders is ["src", "Skerry.Node", "Doctor", ..])
            .SelectMany(static s => CheckName().Matches(s.Text).Select(static m => m.Groups[1].Value)).ToList();
        Assert.NotEmpty(made);
        var told = Rows("# What skerry doctor", null, "docs/doctor.md").SelectMany(static row => row[0].Split(", ")).ToHashSet(StringComparer.Ordinal);
        Verdict.None(made.Where(name => !told.Contains(name)).Select(static name => $"docs/doctor.md says nothing of the check '{name}'"));
    }

    private static IEnumerable<string> FirstCells(string from, string? to) => Rows(from, to).Select(static row => row[0].Trim('`'));

    private static IEnumerable<string[]> Rows(string from, string? to, string file = "docs/errors.md")
    {
        var text = Repository.Read(file);
        text = text[text.IndexOf(from, StringComparison.Ordinal)..];
        text = to is null ? text : text[..text.IndexOf(to, StringComparison.Ordinal)];
        return text.Split('\n').Where(static l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(static l => l.Trim('|', ' ').Split(" | "));
    }

    [GeneratedRegex(@"`([A-Z]\w*(?:\.\w+)*\.cs)`", RegexOptions.None, Timeout)]
    private static partial Regex FileName();

    [GeneratedRegex(@"\bStatusCode\.(\w+)", RegexOptions.None, Timeout)]
    private static partial Regex StatusCode();

    [GeneratedRegex(@"internal const int (\w+) = ([^;]+);", RegexOptions.None, Timeout)]
    private static partial Regex Constant();

    [GeneratedRegex("new\\(\"([a-z ]+)\", \\(\\)", RegexOptions.None, Timeout)]
    private static partial Regex CheckName();
}
