using System.Text.Json;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Rules;

public sealed class RuleLoaderTests
{
    private const string Base = "- list: shells\n  items: [bash, sh]\n- macro: shell\n  condition: proc.name in (shells)\n";

    [Theory]
    [InlineData("LOAD_ERR_YAML_PARSE", "- rule: [x\n- y", 0)]
    [InlineData("LOAD_ERR_YAML_PARSE", "- rule: x\n  rule: y\n", 1)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "rule: x\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "x\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- x\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- list: x\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- list: x\n  items: y\n", 1)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- list: x\n  items: [[y]]\n", 1)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- macro: x\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- macro: x\n  condition:\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- macro: x\n  condition: []\n", 1)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- macro: x\n  condition: \"\"\n", 1)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n  condition: evt.type=open\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: LOUD\n", 4)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: \"ERROR, WARNING\"\n", 4)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: \" WARNING\"\n", 4)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: -1\n", 4)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: +4\n", 4)]
    [InlineData("LOAD_ERR_COMPILE_OUTPUT", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: \"  \"\n  priority: INFO\n", 3)]
    [InlineData("LOAD_ERR_COMPILE_OUTPUT", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: a %\n  priority: INFO\n  skip-if-unknown-filter: true\n", 3)]
    [InlineData("LOAD_ERR_COMPILE_OUTPUT", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: a %12\n  priority: INFO\n  skip-if-unknown-filter: true\n", 3)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: INFO\n  enabled: 7\n", 5)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: INFO\n  tags: x\n", 5)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- rule: x\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- required_engine_version: seven\n", 0)]
    [InlineData("LOAD_ERR_VALIDATE", "- required_engine_version: 99\n", 0)]
    [InlineData("LOAD_ERR_VALIDATE", "- required_engine_version: 1.0.0\n", 0)]
    [InlineData("LOAD_ERR_YAML_VALIDATE", "- required_plugin_versions: x\n", 0)]
    [InlineData("LOAD_ERR_VALIDATE", "- required_plugin_versions:\n  - name: k8saudit\n    version: 0.1.0\n", 1)]
    [InlineData("LOAD_ERR_VALIDATE", "- required_plugin_versions:\n  - name: container\n    version: one\n", 1)]
    [InlineData("LOAD_ERR_VALIDATE", "- list: x\n  items: [a]\n  append: true\n", 0)]
    [InlineData("LOAD_ERR_VALIDATE", "- macro: x\n  condition: or evt.type=open\n  override: {condition: append}\n", 0)]
    [InlineData("LOAD_ERR_VALIDATE", "- rule: x\n  condition: and evt.type=open\n  append: true\n", 0)]
    [InlineData("LOAD_ERR_VALIDATE", "- rule: x\n  enabled: false\n", 0)]
    [InlineData("LOAD_ERR_VALIDATE", "- rule: x\n  priority: INFO\n  override: {priority: replace}\n", 0)]
    [InlineData("LOAD_ERR_COMPILE_CONDITION", "- macro: x\n  condition: proc.name = \n", 1)]
    [InlineData("LOAD_ERR_VALIDATE", "- macro: x\n  condition: y\n", 1)]
    [InlineData("LOAD_ERR_VALIDATE", "- macro: x\n  condition: x\n", 1)]
    public void A_file_that_cannot_be_used_is_refused_with_code_and_line(string code, string file, int line)
    {
        var error = Assert.Single(Judgement.Result(file).Errors);
        Assert.Equal(code, LoadCodes.NameOf(error.Code));
        Assert.Equal(line, error.Context.Places.Last(static p => p.Source == "f0.yaml").Line);
    }

    [Fact]
    public void A_file_that_could_not_be_read_has_its_code() =>
        Assert.Contains("LOAD_ERR_FILE_READ", LoadResult.Unreadable("/x.yaml", "no such file").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("LOAD_UNKNOWN_SOURCE", "- rule: x\n  condition: ka.verb=get\n  desc: d\n  output: o\n  priority: INFO\n  source: k8s_audit\n")]
    [InlineData("LOAD_NO_EVTTYPE", "- rule: x\n  condition: proc.name=x\n  desc: d\n  output: o\n  priority: INFO\n")]
    [InlineData("LOAD_NO_EVTTYPE", "- rule: x\n  condition: evt.type!=open\n  desc: d\n  output: o\n  priority: INFO\n")]
    [InlineData("LOAD_UNKNOWN_FILTER", "- rule: x\n  condition: evt.type=open and proc.nme=x\n  desc: d\n  output: o\n  priority: INFO\n  skip-if-unknown-filter: true\n")]
    [InlineData("LOAD_UNKNOWN_FILTER", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o %proc.nme\n  priority: INFO\n  skip-if-unknown-filter: true\n")]
    [InlineData("LOAD_UNKNOWN_FILTER", "- rule: x\n  condition: evt.type=open and proc.name[2]=x\n  desc: d\n  output: o\n  priority: INFO\n  skip-if-unknown-filter: true\n")]
    [InlineData("LOAD_UNKNOWN_FILTER", "- rule: x\n  condition: evt.type=open and proc.aname[x]=x\n  desc: d\n  output: o\n  priority: INFO\n  skip-if-unknown-filter: true\n")]
    [InlineData("LOAD_DEPRECATED_ITEM", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o %5evt.dir\n  priority: INFO\n")]
    [InlineData("LOAD_DEPRECATED_ITEM", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o %tolower(evt.dir)\n  priority: INFO\n")]
    [InlineData("LOAD_COMPILE_CONDITION", "- rule: x\n  condition: evt.type=open and proc.name=evt.arg.name\n  desc: d\n  output: o\n  priority: INFO\n")]
    [InlineData("LOAD_COMPILE_CONDITION", "- rule: x\n  condition: evt.type=open and proc.name regex \"^x$\"\n  desc: d\n  output: o\n  priority: INFO\n")]
    [InlineData("LOAD_UNKNOWN_KEY", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: INFO\n  capture: true\n")]
    [InlineData("LOAD_UNSAFE_NA_CHECK", "- rule: x\n  condition: evt.type=open and ka.verb=<NA>\n  desc: d\n  output: o\n  priority: INFO\n  skip-if-unknown-filter: true\n")]
    [InlineData("LOAD_UNUSED_MACRO", "- macro: x\n  condition: proc.name=x\n")]
    [InlineData("LOAD_UNUSED_LIST", "- list: x\n  items: [a]\n")]
    [InlineData("LOAD_UNKNOWN_ITEM", "- what: x\n")]
    [InlineData("LOAD_DEPRECATED_ITEM", "- list: x\n  items: [a]\n- list: x\n  items: [b]\n  append: true\n")]
    [InlineData("LOAD_DEPRECATED_ITEM", "- rule: x\n  condition: evt.type=open and evt.dir=<\n  desc: d\n  output: o\n  priority: INFO\n")]
    [InlineData("LOAD_DEPRECATED_ITEM", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o %container.info\n  priority: INFO\n")]
    [InlineData("LOAD_EXCEPTION_NAME_NOT_UNIQUE", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: INFO\n  exceptions:\n  - {name: e, fields: proc.name}\n  - {name: e, fields: proc.name}\n")]
    [InlineData("LOAD_INVALID_MACRO_NAME", "- macro: x-y\n  condition: proc.name=x\n")]
    [InlineData("LOAD_INVALID_LIST_NAME", "- list: x y\n  items: [a]\n")]
    [InlineData("LOAD_COMPILE_CONDITION", "- rule: x\n  condition: evt.type=open and proc.name=proc.pname\n  desc: d\n  output: o\n  priority: INFO\n")]
    [InlineData("LOAD_COMPILE_CONDITION", "- rule: x\n  condition: evt.type=open and proc.name regex x.*\n  desc: d\n  output: o\n  priority: INFO\n")]
    [InlineData("LOAD_COMPILE_CONDITION", "- rule: x\n  condition: evt.type=open and proc.name=\"tolower(proc.pname)\"\n  desc: d\n  output: o\n  priority: INFO\n")]
    [InlineData("LOAD_UNKNOWN_KEY", "- rule: x\n  condition: evt.type=open\n  desc: d\n  output: o\n  priority: INFO\n  colour: red\n")]
    public void What_is_odd_is_told_with_a_code(string code, string file)
    {
        var result = Judgement.Result(file);
        Assert.True(result.IsSuccessful, result.ToString());
        Assert.Contains(code, result.Warnings.Select(static w => LoadCodes.NameOf(w.Code)));
    }

    [Fact]
    public void An_exception_that_adds_nothing_is_told()
    {
        var result = Judgement.Result(Judgement.Rule("evt.type=open", more: "  exceptions:\n  - {name: e, fields: proc.name}\n"), "- rule: r\n  exceptions:\n  - name: e\n  override: {exceptions: append}\n");
        Assert.Contains(LoadWarningCode.AppendNoValues, result.Warnings.Select(static w => w.Code));
    }

    [Theory]
    [InlineData("proc.name regex \"^.*x\"")]
    [InlineData("proc.name = evt.arg.nosuch")]
    public void What_may_well_be_meant_is_not_told(string condition) => Assert.Empty(Judgement.Result(Judgement.Rule("evt.type=open and " + condition)).Warnings);

    [Fact]
    public void A_report_names_the_old_field_of_a_warning()
    {
        var report = ValidationReport.Validate([("x.yaml", Judgement.Rule("evt.type=open and evt.dir=<"))]).Json();
        using var json = JsonDocument.Parse(report);
        var warning = json.RootElement.GetProperty("falco_load_results")[0].GetProperty("warnings")[0];
        Assert.Equal("evt.dir", warning.GetProperty("deprecated_field").GetString());
    }

    [Fact]
    public void Places_in_a_report_count_bytes()
    {
        var report = ValidationReport.Validate([("x.yaml", "- rule: größe\n  desc: ä\n  priority: INFO\n  output: o\n  condition: evt.type=open and proc.name=ü and x.y=z\n")]).Json();
        using var json = JsonDocument.Parse(report);
        var places = json.RootElement.GetProperty("falco_load_results")[0].GetProperty("errors")[0].GetProperty("context").GetProperty("locations");
        var condition = places[2].GetProperty("position");
        Assert.Equal((69, 13), (condition.GetProperty("offset").GetInt32(), condition.GetProperty("column").GetInt32()));
        var inside = places[3].GetProperty("position");
        Assert.Equal((69 + 35, 13 + 36), (inside.GetProperty("offset").GetInt32(), inside.GetProperty("column").GetInt32()));
    }

    [Fact]
    public void A_rule_with_nothing_odd_has_no_warnings() => Assert.Empty(Judgement.Result(Base + Judgement.Rule("evt.type=execve and shell")).Warnings);

    [Theory]
    [InlineData("required_engine_version: 15", true)]
    [InlineData("required_engine_version: 0.57.0", true)]
    [InlineData("required_engine_version: 0.63.1", false)]
    [InlineData("required_plugin_versions: [{name: container, version: 0.4.0}]", true)]
    [InlineData("required_plugin_versions: [{name: k8saudit, version: 0.4.0, alternatives: [{name: container, version: 0.2.0}]}]", true)]
    [InlineData("required_plugin_versions: [{name: container, version: 1.0.0}]", false)]
    public void What_rules_require_is_compared(string requirement, bool expected) => Assert.Equal(expected, Judgement.Result("- " + requirement).IsSuccessful);

    [Fact]
    public void An_error_in_a_condition_has_its_place_and_a_line_of_text()
    {
        var result = Judgement.Result("- rule: Some rule\n  desc: d\n  priority: INFO\n  output: o\n  condition: evt.type = open and\n    proc.name ~ x\n");
        var text = result.ToString();
        Assert.Equal(
            """
            f0.yaml: Invalid
            1 Errors:
            In rules content: (f0.yaml:1:1)
                rule 'Some rule': (f0.yaml:1:3)
                rule condition: (f0.yaml:5:14)
                condition expression: ("evt.type = open a...":1:31)
            ------
            evt.type = open and proc.name ~ x
                                          ^
            ------
            LOAD_ERR_COMPILE_CONDITION (The condition is wrong): expected an operator

            """,
            text);
        Assert.Equal("f0.yaml: Invalid\n 1 errors: [LOAD_ERR_COMPILE_CONDITION (The condition is wrong)]", result.Summary());
    }

    [Fact]
    public void A_report_is_JSON_as_Falcos()
    {
        var report = ValidationReport.Validate([("a.yaml", Base), ("b.yaml", "- rule: r\n  enabled: maybe\n")]);
        Assert.False(report.IsSuccessful);
        var results = JsonDocument.Parse(report.Json()).RootElement.GetProperty("falco_load_results");
        Assert.True(results[0].GetProperty("successful").GetBoolean());
        Assert.Equal("LOAD_UNUSED_MACRO", results[0].GetProperty("warnings")[0].GetProperty("code").GetString());
        var error = results[1].GetProperty("errors")[0];
        Assert.Equal("LOAD_ERR_YAML_VALIDATE", error.GetProperty("code").GetString());
        var place = error.GetProperty("context").GetProperty("locations").EnumerateArray().Last();
        Assert.Equal("value for", place.GetProperty("item_type").GetString());
        Assert.Equal("enabled", place.GetProperty("item_name").GetString());
        Assert.Equal(1, place.GetProperty("position").GetProperty("line").GetInt32());
        Assert.Equal(11, place.GetProperty("position").GetProperty("column").GetInt32());
        Assert.Equal("  enabled: maybe\n           ^\n", error.GetProperty("context").GetProperty("snippet").GetString());
        Assert.True(results[0].GetProperty("schema_valid").GetBoolean());
        Assert.False(results[1].GetProperty("schema_valid").GetBoolean());
        const string Schema = "failed for <root>[0][enabled]: true or false is expected";
        Assert.Equal([Schema], results[1].GetProperty("schema_warnings").EnumerateArray().Select(static w => w.GetString()));
        Assert.StartsWith($"a.yaml: Ok, with warnings\nb.yaml: Invalid\n1 Schema warnings:\n------\n{Schema}\n------\n\n1 Errors:\n", report.Text(), StringComparison.Ordinal);
        Assert.Contains("LOAD_UNUSED_MACRO", report.Warnings(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_refused_leaves_the_rules_as_they_were()
    {
        var loader = new RuleLoader();
        Assert.True(loader.Load("a", Judgement.Rule("evt.type=kill")).IsSuccessful);
        Assert.False(loader.Load("b", "- rule: r\n  condition: or (\n  override: {condition: append}\n").IsSuccessful);
        Assert.Equal(["r"], Judgement.Fired(loader.Set, Make.Event("kill", null)));
    }

    [Fact]
    public void A_large_file_is_loaded_in_time_that_goes_with_its_size()
    {
        var lists = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"- list: l{i}\n  items: [a{i}]\n"));
        var condition = "evt.type=open and (" + string.Join("\n or ", Enumerable.Range(0, 20_000).Select(static i => $"proc.name in (l{i})")) + ")";
        var set = Judgement.Load(lists + Judgement.Rule(condition)).Set;
        Assert.Equal(20_000, set.TestCount);
        Assert.Equal(["r"], Judgement.Fired(set, Make.Event("open", Make.Process("a19999"))));
    }

    [Theory]
    [InlineData("a0")]
    [InlineData("deep")]
    public void Macros_and_lists_that_multiply_cost_no_more_than_they_weigh(string kind)
    {
        var file = kind == "deep"
            ? string.Concat(Enumerable.Range(0, 1000).Select(static i => $"- macro: m{i}\n  condition: {(i == 0 ? "proc.name=x" : $"not m{i - 1}")}\n"))
            : "- macro: m0\n  condition: proc.name=x\n" + string.Concat(Enumerable.Range(1, 60).Select(static i => $"- macro: m{i}\n  condition: (m{i - 1} and not m{i - 1}) or (m{i - 1} and proc.pid={i})\n"));
        var result = Judgement.Result(file + Judgement.Rule(kind == "deep" ? "evt.type=open and m999" : "evt.type=open and m60"));
        Assert.Equal(kind != "deep", result.IsSuccessful);
        var lists = string.Concat(Enumerable.Range(0, 12).Select(static i => $"- list: l{i}\n  items: [{string.Join(", ", Enumerable.Repeat(i == 11 ? "x" : $"l{i + 1}", 12))}]\n"));
        Assert.Contains("longer", Assert.Single(Judgement.Result(lists + Judgement.Rule("evt.type=open and proc.name in (l0)")).Errors).Message, StringComparison.Ordinal);
    }
}
