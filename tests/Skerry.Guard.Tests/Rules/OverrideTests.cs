using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Rules;

/// <summary>Lists in lists, macros, exceptions, and what later files change of earlier ones.</summary>
public sealed class OverrideTests
{
    private static readonly KernelEvent Bash = Make.Exec(Make.Process("bash -i", Make.Process("nginx")));
    private static readonly KernelEvent Perl = Make.Exec(Make.Process("perl -e x", Make.Process("cron")));

    [Theory]
    [InlineData("proc.name in (shells)", true, false)]
    [InlineData("proc.name in (all)", true, true)]
    [InlineData("proc.name in (none, shells)", true, false)]
    [InlineData("proc.name in (none)", false, false)]
    [InlineData("proc.name in (shells, none, perl)", true, true)]
    [InlineData("proc.cmdline in (quoted)", true, false)]
    [InlineData("proc.name in (two words)", true, false)]
    [InlineData("proc.name = one", true, false)]
    [InlineData("shell", true, false)]
    [InlineData("not shell", false, true)]
    [InlineData("shell or proc.pname=cron", true, true)]
    public void Lists_and_macros_stand_for_what_they_hold(string condition, bool bash, bool perl)
    {
        const string File = """
            - list: none
              items: []
            - list: shells
              items: [bash, sh]
            - list: all
              items: [shells, none, perl]
            - list: quoted
              items: ["bash -i"]
            - list: two words
              items: [bash, zsh]
            - list: one
              items: [bash]
            - macro: shell
              condition: proc.name in (shells)
            """;
        var set = Judgement.Load(File + "\n" + Judgement.Rule($"evt.type=execve and ({condition})")).Set;
        Assert.Equal(bash, Judgement.Fired(set, Bash).Count == 1);
        Assert.Equal(perl, Judgement.Fired(set, Perl).Count == 1);
    }

    [Theory]
    [InlineData("- list: l\n  items: [perl]\n  append: true\n", true, true)]
    [InlineData("- list: l\n  items: [perl]\n  override: {items: append}\n", true, true)]
    [InlineData("- list: l\n  items: [perl]\n  override: {items: replace}\n", false, true)]
    [InlineData("- list: l\n  items: [perl]\n", false, true)]
    [InlineData("- macro: m\n  condition: or proc.name=perl\n  append: true\n", true, true)]
    [InlineData("- macro: m\n  condition: or proc.name=perl\n  override: {condition: append}\n", true, true)]
    [InlineData("- macro: m\n  condition: proc.name=perl\n", false, true)]
    [InlineData("- rule: r\n  condition: and proc.pname=cron\n  append: true\n", false, false)]
    [InlineData("- rule: r\n  condition: or evt.type=execve\n  override: {condition: append}\n", true, true)]
    [InlineData("- rule: r\n  condition: evt.type=execve and not m\n  override: {condition: replace}\n", false, true)]
    [InlineData("- rule: r\n  enabled: false\n", false, false)]
    [InlineData("- rule: r\n  enabled: false\n  override: {enabled: replace}\n", false, false)]
    [InlineData("- rule: r\n  condition: evt.type=execve\n  desc: d\n  output: o\n  priority: INFO\n", true, true)]
    public void A_later_file_changes_what_an_earlier_one_said(string file, bool bash, bool perl)
    {
        var set = Judgement.Load("- list: l\n  items: [bash]\n- macro: m\n  condition: proc.name in (l)\n" + Judgement.Rule("evt.type=execve and m"), file).Set;
        Assert.Equal(bash, Judgement.Fired(set, Bash).Count == 1);
        Assert.Equal(perl, Judgement.Fired(set, Perl).Count == 1);
    }

    [Fact]
    public void Everything_of_a_rule_can_be_changed()
    {
        var rule = Judgement.Load(Judgement.Rule("evt.type=execve", output: "one", more: "  tags: [a]\n"), """
            - rule: r
              output: two
              desc: more
              tags: [b]
              override: {output: append, desc: append, tags: append}
            - rule: r
              priority: critical
              capture: true
              capture_duration: 500
              warn_evttypes: false
              skip-if-unknown-filter: true
              override: {priority: replace, capture: replace, capture_duration: replace, warn_evttypes: replace, skip-if-unknown-filter: replace}
            """).Rules[0];
        Assert.StartsWith("one two", rule.Output.Text, StringComparison.Ordinal);
        Assert.Equal("d more", rule.Description);
        Assert.Equal(["a", "b"], rule.Tags);
        Assert.Equal(Priority.Critical, rule.Priority);
        Assert.True(rule.Captures);
        Assert.Equal(TimeSpan.FromMilliseconds(500), rule.CaptureDuration);
    }

    [Theory]
    [InlineData("output: x\n  override: {output: remove}", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("priority: INFO\n  override: {priority: append}", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("source: x\n  override: {source: replace}", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("override: {output: replace}", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("output: x\n  desc: y\n  override: {output: replace}", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("output: x\n  append: true\n  override: {output: replace}", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("override: x", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("condition: and evt.type=open\n  source: other\n  append: true", "LOAD_ERR_VALIDATE")]
    [InlineData("append: true", "LOAD_ERR_VALIDATE")]
    [InlineData("condition: and nothing\n  append: true", "LOAD_ERR_VALIDATE")]
    [InlineData("condition: nand evt.type=open\n  append: true", "LOAD_ERR_COMPILE_CONDITION")]
    public void A_change_that_makes_no_sense_is_refused(string change, string code) =>
        Assert.Equal(code, LoadCodes.NameOf(Assert.Single(Judgement.Result(Judgement.Rule("evt.type=execve"), $"- rule: r\n  {change}\n").Errors).Code));

    [Theory]
    [InlineData("fields: proc.name\n    values: [bash, zsh]", false, true)]
    [InlineData("fields: proc.name\n    comps: in\n    values: [zsh]", true, true)]
    [InlineData("fields: proc.cmdline\n    comps: startswith anyof\n    values: [\"bash -\"]", false, true)]
    [InlineData("fields: proc.exepath\n    comps: pmatch\n    values: [/usr/bin]", false, false)]
    [InlineData("fields: [proc.name, proc.pname]\n    values: [[bash, nginx], [perl, nginx]]", false, true)]
    [InlineData("fields: [proc.name, proc.pname]\n    comps: [=, startswith]\n    values: [[perl, cr]]", true, false)]
    [InlineData("fields: [proc.name, proc.pname]\n    comps: [in, in]\n    values: [[[bash, perl], [nginx, cron]]]", false, false)]
    [InlineData("fields: [proc.name, proc.pname]\n    comps: [in, =]\n    values: [[shells, nginx]]", false, true)]
    [InlineData("fields: [proc.name]\n    values: []", true, true)]
    [InlineData("fields: proc.cmdline\n    values: [\"bash -i\"]", false, true)]
    public void An_exception_lets_its_values_pass(string exception, bool bash, bool perl)
    {
        var set = Judgement.Load("- list: shells\n  items: [bash]\n" + Judgement.Rule("evt.type=execve", more: $"  exceptions:\n  - name: e\n    {exception}\n")).Set;
        Assert.Equal(bash, Judgement.Fired(set, Bash).Count == 1);
        Assert.Equal(perl, Judgement.Fired(set, Perl).Count == 1);
    }

    [Fact]
    public void A_later_file_adds_values_to_an_exception()
    {
        var first = Judgement.Rule("evt.type=execve", more: "  exceptions:\n  - {name: e, fields: [proc.name, proc.pname], comps: [=, =]}\n");
        var set = Judgement.Load(first, "- rule: r\n  exceptions:\n  - {name: e, values: [[perl, cron]]}\n  - {name: f, fields: proc.name, values: [zsh]}\n  append: true\n").Set;
        Assert.Equal(["r"], Judgement.Fired(set, Bash));
        Assert.Empty(Judgement.Fired(set, Perl));
        var replaced = Judgement.Load(first, "- rule: r\n  exceptions:\n  - {name: g, fields: proc.name, values: [bash]}\n  override: {exceptions: replace}\n").Set;
        Assert.Empty(Judgement.Fired(replaced, Bash));
        Assert.Equal(["r"], Judgement.Fired(replaced, Perl));
    }

    [Theory]
    [InlineData("x", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("[x]", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("[{fields: proc.name}]", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("[{name: e}]", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("[{name: e, fields: proc.name, values: x}]", "LOAD_ERR_YAML_VALIDATE")]
    [InlineData("[{name: e, fields: []}]", "LOAD_ERR_VALIDATE")]
    [InlineData("[{name: e, fields: proc.nme}]", "LOAD_ERR_VALIDATE")]
    [InlineData("[{name: e, fields: proc.name, comps: =}]", "LOAD_ERR_VALIDATE")]
    [InlineData("[{name: e, fields: proc.name, comps: [in]}]", "LOAD_ERR_VALIDATE")]
    [InlineData("[{name: e, fields: [proc.name], comps: [in, in]}]", "LOAD_ERR_VALIDATE")]
    [InlineData("[{name: e, fields: [proc.name], comps: [like]}]", "LOAD_ERR_VALIDATE")]
    [InlineData("[{name: e, fields: [proc.name], comps: in}]", "LOAD_ERR_VALIDATE")]
    [InlineData("[{name: e, fields: [proc.name, proc.pname], values: [[a]]}]", "LOAD_ERR_VALIDATE")]
    [InlineData("[{name: e, fields: proc.name, values: [[a]]}]", "LOAD_ERR_VALIDATE")]
    public void An_exception_that_makes_no_sense_is_refused(string exceptions, string code) =>
        Assert.Equal(code, LoadCodes.NameOf(Assert.Single(Judgement.Result(Judgement.Rule("evt.type=execve", more: $"  exceptions: {exceptions}\n")).Errors).Code));

    [Fact]
    public void A_macro_sees_those_that_were_defined_before_its_last_change()
    {
        Assert.False(Judgement.Result("- macro: a\n  condition: b\n- macro: b\n  condition: proc.name=x\n").IsSuccessful);
        Assert.True(Judgement.Result("- macro: a\n  condition: proc.name=y\n- macro: b\n  condition: proc.name=x\n- macro: a\n  condition: b\n").IsSuccessful);
        Assert.Contains("itself", Assert.Single(Judgement.Result(
            "- macro: a\n  condition: proc.name=y\n- macro: b\n  condition: a\n- macro: a\n  condition: b\n").Errors).Message, StringComparison.Ordinal);
    }
}
