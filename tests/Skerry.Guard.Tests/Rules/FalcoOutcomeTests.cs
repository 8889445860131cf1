using Skerry.Guard.Decisions;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Rules;

/// <summary>
/// What becomes of files that Falco's own suite for rule loading asks about (unit_tests/engine/test_rule_loader.cpp and
/// test_extra_output.cpp), in words of our own: refused with which code, or loaded with which warnings, and whether the schema is followed.
/// </summary>
public sealed class FalcoOutcomeTests
{
    private const string Rule = "- rule: r\n  desc: d\n  condition: evt.type = close\n  output: o %proc.name\n  priority: INFO\n";
    private const string Off = Rule + "  enabled: false\n";
    private const string Values = "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n  exceptions:\n";
    private const string Used = "- rule: u\n  desc: d\n  condition: m and proc.name in (l)\n  output: o\n  priority: INFO\n";

    public static TheoryData<string, string> Cases => new()
    {
        // Changes of rules
        { "ok schema rules=1", Rule + "- rule: r\n  desc: more\n  condition: and proc.name = cat\n  output: x\n  override: {desc: append, condition: append, output: append}\n" },
        { "ok schema rules=1 +LOAD_DEPRECATED_ITEM", Rule + "- rule: r\n  condition: and proc.name = cat\n  append: true\n" },
        { "ok schema rules=1", Rule + "- rule: r\n  desc: x\n  condition: evt.type = open\n  priority: WARNING\n  override: {desc: replace, condition: replace, priority: replace}\n" },
        { "LOAD_ERR_YAML_VALIDATE schema", Rule + "- rule: r\n  priority: WARNING\n  override: {priority: append}\n" },
        { "LOAD_ERR_YAML_VALIDATE schema +LOAD_DEPRECATED_ITEM", Rule + "- rule: r\n  condition: and proc.name = cat\n  append: true\n  override: {condition: append}\n" },
        { "LOAD_ERR_YAML_VALIDATE schema", Rule + "- rule: r\n  desc: x\n  override: {desc: replace, condition: append}\n" },
        { "LOAD_ERR_YAML_VALIDATE schema", Rule + "- rule: r\n  desc: x\n  priority: WARNING\n  override: {desc: replace}\n" },
        { "LOAD_ERR_YAML_VALIDATE schema", Off + "- rule: r\n  desc: x\n  override: {desc: replace, enabled: replace}\n" },
        { "ok schema rules=1 quiet", Off + "- rule: r\n  desc: x\n  enabled: true\n  override: {desc: replace, enabled: replace}\n" },
        { "ok schema rules=0 quiet", Off },
        { "ok schema rules=1 +LOAD_DEPRECATED_ITEM", Off + "- rule: r\n  enabled: true\n" },
        { "ok schema rules=0", Off + "- rule: r\n  condition: and proc.name = cat\n  append: true\n  enabled: true\n" },
        { "ok schema rules=1", Off + Rule.Replace("INFO", "WARNING", StringComparison.Ordinal) },
        { "LOAD_ERR_VALIDATE schema", "- rule: r\n  condition: and proc.name = cat\n  override: {condition: append}\n" + Rule },
        { "LOAD_ERR_VALIDATE schema", "- rule: r\n  condition: and proc.name = cat\n  override: {condition: replace}\n" + Rule },
        { "LOAD_ERR_VALIDATE schema", "- rule: r\n  condition: and proc.name = cat\n  append: true\n" + Rule },
        { "ok schema rules=1", Rule + "- rule: r\n  warn_evttypes: false\n  override: {warn_evttypes: replace}\n" },
        { "ok schema rules=1 +LOAD_UNKNOWN_KEY", Rule + "- rule: r\n  capture: true\n  override: {capture: replace}\n" },
        { "ok schema rules=1", Rule + "- rule: r\n  tags: [network]\n  override: {tags: replace}\n" },
        { "ok schema rules=1", Rule + "- rule: r\n  capture_duration: 15000\n  override: {capture_duration: replace}\n" },

        // Macros and lists
        { "LOAD_ERR_VALIDATE schema", "- macro: m\n  condition: or evt.type = open\n  override: {condition: append}\n" },
        { "LOAD_ERR_VALIDATE schema", "- macro: m\n  condition: or evt.type = open\n  append: true\n" },
        { "LOAD_ERR_VALIDATE schema", "- list: l\n  items: [a]\n  override: {items: append}\n" },
        { "LOAD_ERR_VALIDATE schema", "- list: l\n  items: [a]\n  append: true\n" },
        { "ok schema rules=1", "- macro: m\n  condition: or evt.type = open\n  override: {condition: replace}\n- macro: m\n  condition: evt.type = close\n- list: l\n  items: [a]\n  override: {items: replace}\n- list: l\n  items: [b]\n" + Used },
        { "ok noschema rules=1 +LOAD_UNKNOWN_KEY", "- list: l\n  items: [a]\n  override_written_wrong: {items: append}\n- list: l\n  items: [b]\n- macro: m\n  condition: evt.type = close\n" + Used },
        { "ok schema +LOAD_INVALID_MACRO_NAME", "- macro: test-macro\n  condition: evt.type = close\n" },
        { "ok schema +LOAD_INVALID_LIST_NAME", "- list: test list\n  items: [open, openat]\n" + Rule.Replace("evt.type = close", "evt.type in (test list)", StringComparison.Ordinal) },
        { "ok schema +LOAD_UNUSED_LIST", "- list: l\n  items: [plain, \"with blank\"]\n" },

        // Requirements
        { "ok schema quiet", "- required_engine_version: 0.26.0\n" + Off },
        { "ok schema quiet", "- required_engine_version: 26\n" + Off },
        { "LOAD_ERR_YAML_VALIDATE schema", "- required_engine_version: seven\n" + Off },

        // Kinds of events
        { "ok -LOAD_NO_EVTTYPE", Rule },
        { "ok +LOAD_NO_EVTTYPE", Rule.Replace("evt.type = close", "proc.name = cat", StringComparison.Ordinal) },
        { "ok -LOAD_NO_EVTTYPE", Rule.Replace("evt.type = close", "proc.name = cat", StringComparison.Ordinal) + "  warn_evttypes: false\n" },
        { "ok -LOAD_NO_EVTTYPE rules=1", Rule.Replace("evt.type = close", "evt.num = 0", StringComparison.Ordinal) },
        { "ok -LOAD_NO_EVTTYPE", Rule.Replace("evt.type = close", "evt.type = open and evt.type = close", StringComparison.Ordinal) },
        { "ok -LOAD_NO_EVTTYPE rules=2", "- macro: never\n  condition: (evt.num=0)\n- macro: m\n  condition: (never)\n- list: l\n  items: [a]\n" + Rule.Replace("evt.type = close", "evt.type = open and not m", StringComparison.Ordinal) + Used.Replace("m and proc.name in (l)", "m", StringComparison.Ordinal) },

        // Keys and their values
        { "ok noschema +LOAD_UNKNOWN_KEY", Rule + "  typo: x\n" },
        { "ok noschema +LOAD_UNKNOWN_KEY", "- list: l\n  items: [a]\n  typo: x\n" },
        { "ok noschema +LOAD_UNKNOWN_KEY", "- macro: m\n  condition: evt.type = close\n  typo: x\n" },
        { "ok schema +LOAD_UNKNOWN_KEY", "- list: l\n  items: [a]\n  priority: INFO\n" },
        { "ok schema +LOAD_UNKNOWN_KEY", Rule + "  warn_evttypes: false\n  skip-if-unknown-filter: true\n  capture: true\n  capture_duration: 10000\n  tags: [a]\n" },
        { "LOAD_ERR_YAML_VALIDATE", Rule + "  capture_duration: \"no number\"\n" },
        { "ok noschema", Rule + "  capture: \"yes\"\n" },
        { "ok noschema", Rule.Replace("INFO", "Info", StringComparison.Ordinal) },
        { "ok schema +LOAD_DEPRECATED_ITEM", Rule.Replace("%proc.name", "%evt.dir", StringComparison.Ordinal) },
        { "ok schema +LOAD_DEPRECATED_ITEM", Rule.Replace("evt.type = close", "evt.type = close and evt.dir = <", StringComparison.Ordinal) },

        // How flags and numbers may be written
        { "ok noschema rules=0", Rule + "  enabled: No\n" },
        { "ok noschema rules=1", Rule + "  enabled: TRUE\n" },
        { "LOAD_ERR_YAML_VALIDATE noschema", Rule + "  enabled: tRue\n" },
        { "ok quiet", "- required_engine_version: 0x1f\n" + Rule },
        { "ok quiet", "- required_engine_version: 077\n" + Rule },
        { "LOAD_ERR_VALIDATE", "- required_engine_version: 0100\n" + Rule },
        { "LOAD_ERR_YAML_VALIDATE", "- required_engine_version: 08\n" + Rule },
        { "LOAD_ERR_YAML_VALIDATE", "- required_engine_version: ' 5'\n" + Rule },
        { "ok quiet", Rule + "  capture_duration: +0x10\n" },
        { "LOAD_ERR_YAML_VALIDATE", Rule + "  capture_duration: 040000000000\n" },

        // Fields that are not known, in messages
        { "ok rules=0 +LOAD_UNKNOWN_FILTER", Rule.Replace("%proc.name", "%proc.nme", StringComparison.Ordinal) + "  skip-if-unknown-filter: true\n" },
        { "ok rules=0 +LOAD_UNKNOWN_FILTER", Rule.Replace("%proc.name", "%evt.arg", StringComparison.Ordinal) + "  skip-if-unknown-filter: true\n" },
        { "ok rules=0 +LOAD_UNKNOWN_FILTER", Rule.Replace("%proc.name", "% x", StringComparison.Ordinal) + "  skip-if-unknown-filter: true\n" },

        // Old fields and lists
        { "ok +LOAD_DEPRECATED_ITEM", Rule.Replace("evt.type = close", "evt.type = close and tolower(evt.dir) = <", StringComparison.Ordinal) },
        { "ok -LOAD_DEPRECATED_ITEM", Rule.Replace("evt.type = close", "evt.type = close and proc.name = val(evt.dir)", StringComparison.Ordinal) },
        { "LOAD_ERR_COMPILE_CONDITION +LOAD_UNSAFE_NA_CHECK", Rule.Replace("evt.type = close", "tolower(ka.verb) = <NA>", StringComparison.Ordinal) },
        { "LOAD_ERR_COMPILE_CONDITION -LOAD_UNSAFE_NA_CHECK", Rule.Replace("evt.type = close", "ka.verb contains <NA>", StringComparison.Ordinal) },
        { "ok +LOAD_UNUSED_LIST", "- list: l\n  items: [l]\n" + Rule },
        { "ok quiet", "- list: l\n  items: [a]\n- list: l\n  items: [l]\n" + Rule },

        // Exceptions
        { "ok schema", Values + "    - {name: e, fields: [proc.cmdline], comps: [contains], values: [[curl 127.0.0.1]]}\n" },
        { "LOAD_ERR_YAML_VALIDATE schema", Values + "    - {name: e, fields: proc.name, comps: in, values: [cat]}\n- rule: r\n  exceptions: [{name: e, values: [echo]}]\n  override: {exceptions: append}\n- rule: r\n  exceptions: [{name: e, values: [id]}]\n  override: {exceptions: replace}\n" },
        { "ok noschema +LOAD_APPEND_NO_VALUES", Values + "    - {name: e, fields: [proc.name], comps: [contains], values: [[a]]}\n- rule: r\n  exceptions: [{name: e, value: x}]\n  append: true\n" },
        { "ok noschema +LOAD_APPEND_NO_VALUES", Values + "    - {name: e, fields: [proc.name], comps: [contains], values: [[a]]}\n- rule: r\n  exceptions: [{name: e, value: x}]\n  override: {exceptions: append}\n" },
        { "ok schema +LOAD_EXCEPTION_NAME_NOT_UNIQUE", Values + "    - {name: e, fields: [proc.name], comps: [contains], values: [[a]]}\n    - {name: e, fields: [proc.name], comps: [endswith], values: [[a]]}\n" },
        { "ok schema +LOAD_COMPILE_CONDITION", Values + "    - {name: e, fields: [proc.name], comps: ['='], values: [[proc.pname]]}\n" },
        { "ok schema +LOAD_COMPILE_CONDITION", Values + "    - {name: e, fields: [proc.name], comps: ['='], values: [['proc.pname ']]}\n" },
        { "ok schema", Values + "    - {name: e, fields: [proc.name], comps: ['='], values: [[toupper(proc.pname)]]}\n" },
        { "ok schema +LOAD_COMPILE_CONDITION", Values + "    - {name: e, fields: [proc.name], comps: ['='], values: [['toupper( proc.pname)']]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: ['tolower(proc.name)'], comps: ['='], values: [[test]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: ['tolower( proc.name)'], comps: ['='], values: [[test]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [proc.name], comps: [startswith oneof], values: [[[sshd, sudo, systemd]]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [proc.cmdline], comps: [contains allof], values: [[[curl, bash]]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [fd.name], comps: [glob oneof], values: [[['/tmp/*.sh', '/dev/shm/*.sh']]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [proc.name, fd.name], comps: [startswith oneof, startswith], values: [[[sshd, sudo], /etc/]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [proc.name], comps: ['= oneof'], values: [[[nmap, masscan]]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [proc.name], comps: [regex oneof], values: [[['research[0-9]+', 'pentest-[0-9]{2,4}']]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [proc.name], comps: [startswith oneof], values: [[sshd]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [proc.name], comps: ['  startswith oneof  '], values: [[[sshd, sudo]]]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: proc.exepath, comps: pmatch, values: [/usr/bin/, /usr/local/bin/]}\n" },
        { "ok schema quiet", Values + "    - {name: e, fields: [proc.name, fd.name, proc.exepath], comps: [contains, startswith, '='], values: [[agent, /var/log/, /usr/bin/p]]}\n" },
        { "LOAD_ERR_VALIDATE", Values + "    - {name: e, fields: [proc.name], comps: [frobulate oneof], values: [[[bash]]]}\n" },
        { "LOAD_ERR_VALIDATE", Values + "    - {name: e, fields: proc.name, comps: frobulate oneof, values: [bash]}\n" },
        { "LOAD_ERR_VALIDATE", Values + "    - {name: e, fields: [proc.name], comps: [in oneof], values: [[[bash]]]}\n" },
        { "LOAD_ERR_VALIDATE", Values + "    - {name: e, fields: [proc.pid], comps: ['>= oneof'], values: [[[1000]]]}\n" },
        { "LOAD_ERR_VALIDATE", Values + "    - {name: e, fields: [proc.name], comps: [oneof], values: [[[bash]]]}\n" },

        // Sources
        { "ok schema rules=0 +LOAD_UNKNOWN_SOURCE", "- rule: r\n  desc: d\n  condition: ka.verb = GET\n  output: \"%ka.uri\"\n  priority: INFO\n  source: k8s_audit\n" },
        { "ok schema rules=0 +LOAD_UNKNOWN_SOURCE", "- macro: kevt\n  condition: (jevt.value[/stage] = ResponseComplete)\n- rule: r\n  desc: d\n  condition: kevt and ka.verb = GET\n  output: o\n  priority: INFO\n  source: k8s_audit\n  exceptions:\n    - {name: e, fields: [ka.user.name], comps: ['='], values: [[a]]}\n- rule: r\n  condition: and ka.verb = x\n  append: true\n" },
        { "LOAD_ERR_VALIDATE", "- rule: r\n  desc: d\n  condition: ka.verb = GET\n  output: o\n  priority: INFO\n  source: k8s_audit\n" + Rule + "  source: syscall\n" },
        { "LOAD_ERR_VALIDATE", "- rule: r\n  desc: d\n  condition: ka.verb = GET\n  output: o\n  priority: INFO\n  source: k8s_audit\n- rule: r\n  condition: and 1 = 2\n  source: syscall\n  append: true\n" },
        { "LOAD_ERR_VALIDATE", "- rule: r\n  desc: d\n  condition: ka.verb = GET\n  output: o\n  priority: INFO\n  source: k8s_audit\n- rule: r\n  condition: 1 = 2\n  override: {condition: replace}\n  source: syscall\n" },
        { "ok rules=1", Rule + "  source: syscall\n- rule: r\n  condition: and proc.name = a\n  source:\n  append: true\n" },
        { "ok rules=1", Rule + "  source: syscall\n- rule: r\n  condition: and proc.name = a\n  source: \"\"\n  append: true\n" },
        { "LOAD_ERR_VALIDATE", "- required_plugin_versions:\n  - {name: k8saudit, version: 0.1.0}\n" + Rule },
        { "ok quiet", "- required_plugin_versions:\n  - {name: container, version: 0.2.0}\n" + Rule },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_has_the_outcome_it_has_in_Falco(string outcome, string file)
    {
        var loader = new RuleLoader();
        var result = loader.Load("rules.yaml", file);
        var warnings = result.Warnings.Select(static w => LoadCodes.NameOf(w.Code)).ToList();
        foreach (var word in outcome.Split(' '))
        {
            Assert.True(
                word switch
                {
                    "ok" => result.IsSuccessful,
                    "quiet" => warnings.Count == 0,
                    "schema" => result.SchemaWarnings is { Count: 0 },
                    "noschema" => result.SchemaWarnings is { Count: > 0 },
                    _ when word[0] == '+' => warnings.Contains(word[1..]),
                    _ when word[0] == '-' => !warnings.Contains(word[1..]),
                    _ when word.StartsWith("rules=", StringComparison.Ordinal) => loader.Set.Rules.Count == int.Parse(word[6..], System.Globalization.CultureInfo.InvariantCulture),
                    _ => result.Errors is [var error] && LoadCodes.NameOf(error.Code) == word,
                },
                $"{word}: {result}{string.Join('\n', result.SchemaWarnings ?? [])}");
        }
    }

    [Fact]
    public void A_macro_that_is_appended_to_keeps_its_brackets()
    {
        var set = Judgement.Load("""
            - macro: interactive
              condition: >
                ((proc.aname=sshd and proc.name != sshd) or
                proc.name=systemd-logind or proc.name=login)
            - rule: r
              desc: d
              condition: evt.type=open and interactive
              output: o
              priority: INFO
            - macro: interactive
              condition: or proc.name = ssh
              override:
                condition: append
            """).Set;
        Assert.Equal(["r"], Judgement.Fired(set, Make.Event("open", Make.Process("ssh"))));
        Assert.Equal(["r"], Judgement.Fired(set, Make.Event("open", Make.Process("cat", Make.Process("sshd")))));
        Assert.Empty(Judgement.Fired(set, Make.Event("close", Make.Process("ssh"))));
        Assert.Empty(Judgement.Fired(set, Make.Event("open", Make.Process("cat"))));
    }

    [Fact]
    public void What_does_not_follow_the_schema_is_named_with_its_place()
    {
        var result = new RuleLoader().Load("f", Rule + "  colour: green\n  capture: \"yes\"\n  tags: x\n- 5\n");
        Assert.Equal(
            ["failed for <root>[0]: the key 'colour' is not known here", "failed for <root>[0][capture]: true or false is expected", "failed for <root>[0][tags]: a sequence is expected", "failed for <root>[1]: a mapping is expected"],
            result.SchemaWarnings);
    }

    [Theory]
    [InlineData("100%", LoadErrorCode.CompileOutput)]
    [InlineData("x %20", LoadErrorCode.CompileOutput)]
    [InlineData("100% x", null)] // there is something where a field is expected, and it is not known
    public void A_message_that_ends_in_a_field_is_wrong_whatever_is_skipped(string output, LoadErrorCode? code)
    {
        var loader = new RuleLoader(new RuleLoaderOptions { AppendsContainer = false });
        var result = loader.Load("f", Rule.Replace("o %proc.name", output, StringComparison.Ordinal) + "  skip-if-unknown-filter: true\n");
        Assert.Equal(code, result.Errors.Count == 0 ? null : Assert.Single(result.Errors).Code);
    }

    [Theory]
    [InlineData("evt.type=open and proc.nobody=cat", 4, 32)] // line and column of the field in the file, from 1
    [InlineData("evt.type=open and", 4, 31)]
    [InlineData("evt.type=open and evt.dir = <", 3, 13)] // all of the condition
    public void A_place_in_a_condition_counts_from_where_the_condition_begins(string condition, int line, int column)
    {
        var report = ValidationReport.Validate([("f", $"\n- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")]);
        using var json = System.Text.Json.JsonDocument.Parse(report.Json());
        var result = json.RootElement.GetProperty("falco_load_results")[0];
        var problem = result.GetProperty("errors").EnumerateArray().Concat(result.GetProperty("warnings").EnumerateArray()).First();
        var places = problem.GetProperty("context").GetProperty("locations").EnumerateArray().ToList();
        Assert.Equal(["rules content", "rule", "rule condition", "condition expression"], places.Select(static p => p.GetProperty("item_type").GetString()));
        var position = places[^1].GetProperty("position");
        Assert.Equal((line, column), (position.GetProperty("line").GetInt32(), position.GetProperty("column").GetInt32()));
        Assert.StartsWith(condition + "\n", problem.GetProperty("context").GetProperty("snippet").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_configuration_adds_to_messages_goes_to_the_rules_it_is_for()
    {
        string[] Outputs(params OutputAddition[] additions)
        {
            var loader = new RuleLoader(new RuleLoaderOptions { AppendsContainer = false, Additions = additions });
            Assert.True(loader.Load("f", Named("one", "tag1") + Named("two", "tag1") + Named("three", "tag1, tag2")).IsSuccessful);
            return [.. loader.Rules.Select(static r => r.Output.Text)];
        }

        Assert.Equal(["o x=%evt.type", "o x=%evt.type", "o x=%evt.type"], Outputs(new OutputAddition { Output = "x=%evt.type" }));
        Assert.Equal(["o", "o x", "o"], Outputs(new OutputAddition { Output = "x", Rule = "two" }));
        Assert.Equal(
            ["o a", "o a b", "o a c"], Outputs(new OutputAddition { Output = "a", Tags = ["tag1"] }, new OutputAddition { Output = "b", Rule = "two" }, new OutputAddition { Output = "c", Tags = ["tag1", "tag2"] }));
        Assert.Equal(["o", "o", "o"], Outputs(new OutputAddition { Output = "x", Source = "k8s_audit" }));
        static string Named(string name, string tags) => $"- rule: {name}\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n  tags: [{tags}]\n";
    }

    [Fact]
    public void Fields_that_are_added_are_in_the_JSON_and_not_in_the_message()
    {
        var additions = new OutputAddition { Fields = new Dictionary<string, string?>(StringComparer.Ordinal) { ["my_field"] = "hello %evt.num", ["evt.num"] = null } };
        var loader = new RuleLoader(new RuleLoaderOptions { AppendsContainer = false, Additions = [additions] });
        Assert.True(loader.Load("f", Rule).IsSuccessful);
        var e = Make.Event("close", Make.Process("cat"));
        var rule = new RuleEvaluator(loader.Set).Judge(e)[0];
        using var json = System.Text.Json.JsonDocument.Parse(new Skerry.Guard.Alerts.AlertWriter().Json(rule, e, Guid.Empty).ToArray());
        Assert.EndsWith("Informational o cat", json.RootElement.GetProperty("output").GetString(), StringComparison.Ordinal);
        var fields = json.RootElement.GetProperty("output_fields");
        Assert.Equal(("hello 1", 1L), (fields.GetProperty("my_field").GetString(), fields.GetProperty("evt.num").GetInt64()));
    }

    [Fact]
    public void A_field_that_cannot_be_added_is_refused()
    {
        var loader = new RuleLoader(new RuleLoaderOptions { Additions = [new OutputAddition { Fields = new Dictionary<string, string?>(StringComparer.Ordinal) { ["no.field"] = null } }] });
        Assert.Equal(LoadErrorCode.CompileOutput, Assert.Single(loader.Load("f", Rule).Errors).Code);
    }
}
