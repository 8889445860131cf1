using Skerry.Cli.Tests.Peer;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;

namespace Skerry.Cli.Tests.Commands;

/// <summary><c>skerry guard rules</c>, on files in a directory of the test's own; no node is there.</summary>
public sealed class GuardRulesTests : IDisposable
{
    private const string Good = """
        - list: shells
          items: [bash, sh]
        - macro: started
          condition: (evt.type in (execve, execveat))
        - rule: Shell
          desc: A shell is started.
          condition: started and proc.name in (shells)
          output: A shell | command=%proc.cmdline
          priority: WARNING
          tags: [process, T1059]
        - rule: Anything
          desc: Something happens.
          condition: proc.name = x
          output: x
          priority: DEBUG
          enabled: false
          warn_evttypes: false
        """;

    private const string Odd = """
        - list: nobody_names_it
          items: [a]
        - rule: Shell
          desc: A shell is started.
          condition: evt.type = execve and proc.name = sh
          output: A shell
          priority: WARNING
          colour: green
        """;

    private const string Wrong = """
        - rule: Broken
          desc: A condition that is none.
          condition: evt.type = execve and proc.nmae = sh
          output: o
          priority: WARNING
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-rules-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Files_that_can_be_used_are_said_to_be_right()
    {
        var said = await Run("-V", Put("a.yaml", Good));
        Assert.Equal((0, "a.yaml: Ok\n", ""), (said.Code, Short(said.Out), said.Error));
    }

    [Fact]
    public async Task What_is_odd_is_told_on_standard_error_and_harms_nothing()
    {
        var said = await Run("-V", Put("a.yaml", Odd));
        Assert.Equal((0, "a.yaml: Ok, with warnings\n"), (said.Code, Short(said.Out)));
        Snapshot.Check("guard-rules-odd.txt", Short(said.Error));
    }

    [Fact]
    public async Task What_is_wrong_is_shown_with_its_place_and_the_exit_code_says_so()
    {
        var said = await Run("-V", Put("a.yaml", Good), Put("b.yaml", Wrong));
        Assert.Equal((1, ""), (said.Code, said.Error));
        Snapshot.Check("guard-rules-wrong.txt", Short(said.Out));
    }

    [Fact]
    public async Task The_JSON_of_a_validation_has_the_form_of_Falcos()
    {
        var said = await Run("-V", "-o", "json", Put("a.yaml", Odd), Put("b.yaml", Wrong));
        Assert.Equal((1, ""), (said.Code, said.Error));
        Snapshot.Check("guard-rules.json", Short(said.Out));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_an_error_of_its_own()
    {
        var said = await Run("-V", Path.Combine(_directory, "none.yaml"));
        Assert.Equal(1, said.Code);
        Assert.Contains("LOAD_ERR_FILE_READ", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_stands_for_the_rule_files_in_it()
    {
        Put("b.yaml", Odd);
        Put("a.yml", Good);
        Put("readme.txt", "no rules");
        var said = await Run("-V", _directory);
        Assert.Equal((0, "a.yml: Ok\nb.yaml: Ok, with warnings\n"), (said.Code, Short(said.Out)));
    }

    [Fact]
    public async Task A_file_cannot_speak_to_the_terminal()
    {
        var said = await Run("-V", Put("a.yaml", "- rule: \"\\e[2J\"\n  desc: d\n"));
        Assert.DoesNotContain('\u001b', said.Out);
        var bell = await Run("-V", Put("b.yaml", "- rule: a\u0007b\u009b2J\n  desc: d\n"));
        Assert.Equal(1, bell.Code);
        Assert.False(bell.Out.AsSpan().ContainsAny('\u0007', '\u009b'));
    }

    [Fact]
    public async Task The_rules_of_files_are_listed_with_the_events_on_which_they_are_asked()
    {
        var said = await Run("ls", Put("a.yaml", Good));
        Assert.Equal((0, ""), (said.Code, said.Error));
        Snapshot.Check("guard-rules-ls.txt", said.Out);
        Snapshot.Check("guard-rules-ls.json", (await Run("ls", "-o", "json", Put("a.yaml", Good))).Out);
        Assert.Equal("Shell\nAnything\n", (await Run("ls", "-o", "name", Put("a.yaml", Good))).Out);
    }

    [Fact]
    public async Task Nothing_is_listed_of_files_that_cannot_be_used()
    {
        var said = await Run("ls", Put("a.yaml", Good), Put("b.yaml", Wrong));
        Assert.Equal((1, ""), (said.Code, said.Out));
        Assert.Contains("LOAD_ERR_COMPILE_CONDITION", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_fields_and_kinds_of_events_are_listed()
    {
        Assert.Equal(FieldListing.Text(), (await Run("--list")).Out);
        Assert.Equal(FieldListing.Text(), (await Run("--list", "syscall")).Out);
        Assert.Equal(FieldListing.Names(), (await Run("--list", "-N")).Out);
        Assert.Equal(FieldListing.Events(), (await Run("--list-events")).Out);
        using var events = System.Text.Json.JsonDocument.Parse((await Run("--list-events", "-o", "json")).Bytes);
        Assert.Equal(EventTypes.All.Select(static t => t.Name), events.RootElement.EnumerateArray().Select(static e => e.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("", "`skerry guard rules` needs --validate, --list, --list-events, ls or policies")]
    [InlineData("-V", "`skerry guard rules --validate` needs FILE…")]
    [InlineData("-V --list x", "--validate and --list exclude each other")]
    [InlineData("--list syscall more", "`skerry guard rules --list` takes [SOURCE]; too much: more")]
    [InlineData("--list-events x", "`skerry guard rules --list-events` takes no operand: x")]
    [InlineData("-V -o yaml x", "--output yaml: not one of text, json")]
    [InlineData("ls", "`skerry guard rules ls` needs FILE…")]
    public async Task A_mistake_in_the_command_line_is_named(string line, string message)
    {
        var said = await Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (said.Code, said.Out));
        Assert.StartsWith($"skerry: {message}\n", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_built_in_policies_are_listed_and_can_be_named_as_files_are()
    {
        Snapshot.Check("guard-policies.txt", (await Run("policies")).Out);
        Assert.Equal(Skerry.Guard.Rules.BuiltInPolicies.Find("egress"), (await Run("policies", "egress")).Out);
        Assert.Equal("no-shell: shell started\n", (await Run("ls", "-o", "name", "no-shell")).Out);
        Assert.Equal((1, ""), ((await Run("policies", "none")).Code, (await Run("policies", "none")).Out));
    }

    [Fact]
    public async Task A_directory_without_rules_is_no_directory_of_right_ones()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_directory, "empty")).FullName;
        var said = await Run("-V", empty);
        Assert.Equal(1, said.Code);
        Assert.Contains($"{empty}: Invalid", said.Out, StringComparison.Ordinal);
        Assert.Contains("the directory has no file in it that ends in .yaml or .yml", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_of_a_source_that_is_not_there_are_refused()
    {
        var said = await Run("--list", "k8s_audit");
        Assert.Equal((1, "", "skerry: there is no source 'k8s_audit'\n  next: the guard has the source syscall\n"), (said.Code, said.Out, said.Error));
    }

    private static Task<Said> Run(params string[] arguments) => CliProcess.Run(null, ["guard", "rules", .. arguments]);

    private string Put(string name, string content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, content);
        return path;
    }

    private string Short(string text) => text.Replace(_directory + "/", "", StringComparison.Ordinal);
}
