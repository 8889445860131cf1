using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Linux.Bpf;
using Skerry.Node.Configuration;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;
using Skerry.Node.Sensors.Rules;

namespace Skerry.Node.Tests.Sensors;

/// <summary>[guard], the rules it names, what follows on them, and the file of alerts.</summary>
public sealed class GuardOptionsTests : IDisposable
{
    private const string Rule = "- rule: {0}\n  desc: d\n  condition: evt.type = {1}\n  output: o\n  priority: ERROR\n  tags: [{2}]\n";

    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-guard-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_rules_own_line_counts_before_those_of_its_tags_and_of_tags_the_strongest()
    {
        Write("a.yaml", Rule, "own", "unlink", "t1, t2");
        Write("b.yaml", Rule, "tagged", "rename", "t1, t2");
        var options = Read("[guard]\nbuiltin_rules = false\n[guard.responses]\nown = \"alert\"\n\"tag:t1\" = \"pause\"\n\"tag:t2\" = \"kill\"\n\"no such\" = \"kill\"\n");
        var rules = RuleBook.Load(options);
        var plan = new ResponsePlan(options, rules.Set);
        Assert.Equal([ResponseAction.Alert, ResponseAction.Kill], rules.Set.Rules.Select(plan.Of));
        Assert.True(plan.Wakes(EventTypes.Get("rename")));
        Assert.False(plan.Wakes(EventTypes.Get("unlink")));
        Assert.Equal(["no such"], ResponsePlan.Unused(options, rules.Set.Rules));
    }

    [Fact]
    public void Rules_that_ship_come_first_and_the_files_in_the_order_of_their_names()
    {
        Write("20.yaml", Rule, "two", "unlink", "t");
        Write("10.yaml", Rule, "one", "unlink", "t");
        var loaded = RuleBook.Load(Read("[guard]\n"));
        Assert.Equal(["rules/skerry.yaml", Path.Combine(_directory, "10.yaml"), Path.Combine(_directory, "20.yaml")], loaded.Files);
        Assert.Contains(loaded.Set.Rules, static r => r.Name == "Raw packets");
    }

    [Fact]
    public void A_file_that_is_refused_is_named_with_its_line()
    {
        Write("a.yaml", Rule, "r", "no_such_call_at_all and nothing.here = 1", "t");
        var error = Assert.Throws<RuleBookException>(() => RuleBook.Load(Read("[guard]\nbuiltin_rules = false\n")));
        Assert.Contains("a.yaml", error.Message, StringComparison.Ordinal);
        Assert.Contains("LOAD_ERR", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ring = 100000", "power of two")]
    [InlineData("http = \"ftp://x\"", "http://")]
    [InlineData("falco = \"http://127.0.0.1:2802/short\"", "16 characters or more")]
    [InlineData("falco = \"http://192.0.2.1:2802/a-secret-of-the-test\"", "this machine alone")]
    [InlineData("falco = \"https://127.0.0.1:2802/a-secret-of-the-test\"", "http://127.0.0.1:2802/SECRET")]
    [InlineData("priority = \"loud\"", "one of")]
    [InlineData("nothing = 1", "unknown key 'guard.nothing'")]
    [InlineData("responses = {a = \"explode\"}", "kill-container")]
    public void A_wrong_setting_is_refused_with_what_is_right(string line, string says) =>
        Assert.Contains(says, Assert.Throws<ConfigurationException>(() => Read($"[guard]\n{line}\n")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("responses = {a = [\"kill\", \"pause\"]}", "kill and pause exclude each other")]
    [InlineData("hooks = {a = \"relative\"}", "begins with /")]
    [InlineData("append_output = [{ match = { rules = \"x\" } }]", "unknown key 'guard.append_output.match.rules'")]
    [InlineData("append_output = \"x\"", "a list of tables")]
    [InlineData("deny_fallback = \"hope\"", "one of \"kill\", \"refuse\"")]
    public void A_wrong_answer_is_refused_with_what_is_right(string line, string says) =>
        Assert.Contains(says, Assert.Throws<ConfigurationException>(() => Read($"[guard]\n{line}\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Captures_and_hooks_of_all_tags_go_with_the_strongest_action()
    {
        Write("a.yaml", Rule, "tagged", "rename", "t1, t2");
        var options = Read("[guard]\nbuiltin_rules = false\n[guard.responses]\n\"tag:t1\" = [\"pause\", \"hook:h\"]\n\"tag:t2\" = [\"kill\", \"capture\"]\n[guard.hooks]\nh = \"/bin/true\"\n");
        var rules = RuleBook.Load(options);
        var plan = new ResponsePlan(options, rules.Set);
        var rule = Assert.Single(rules.Set.Rules);
        Assert.Equal(ResponseAction.Kill, plan.Of(rule));
        Assert.Equal((true, "h"), (plan.MoreOf(rule).Captures, Assert.Single(plan.MoreOf(rule).Hooks)));
        Assert.Equal([(rule, "kill capture hook:h")], plan.All);
    }

    [Fact]
    public void A_hook_that_nobody_defined_is_refused()
    {
        Write("a.yaml", Rule, "r", "rename", "t");
        var error = Assert.Throws<RuleBookException>(() => RuleBook.Load(Read("[guard]\nbuiltin_rules = false\n[guard.responses]\nr = \"hook:h\"\n")));
        Assert.Contains("names the hook 'h'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_denied_is_what_the_policies_lists_say_and_only_while_their_conditions_are_as_they_were()
    {
        const string Toml = "[guard]\nbuiltin_rules = false\npolicies = [\"egress\", \"drift\"]\n[guard.responses]\n\"tag:policy_egress\" = \"deny\"\n\"drift: program that the image does not have\" = \"deny\"\n";
        Write("a.yaml", "- list: egress_networks\n  items: ['\"10.1.2.3/8\"', '\"2001:db8::/32\"', '\"192.0.2.1/32\"']\n- list: egress_allowed_images\n  items: [registry.example/free]\n- list: egress_ports_anywhere\n  items: [53]\n");
        var options = Read(Toml);
        var rules = RuleBook.Load(options);
        var orders = new ResponsePlan(options, rules.Set, rules.Kernel).Orders;
        Assert.Equal(["10.0.0.0/8", "2001:db8::/32", "192.0.2.1/32"], orders.Networks.Select(static n => n.ToString()));
        Assert.Equal([53], orders.Ports.Select(static p => (int)p));
        Assert.Equal(BoundFlags.DeniesNetworks | BoundFlags.KillsDrift, orders.For("registry.example/web"));
        Assert.Equal(BoundFlags.KillsDrift, orders.For("registry.example/free"));
        var dry = Read(Toml.Replace("policies", "dry_run = true\npolicies", StringComparison.Ordinal));
        Assert.True(new ResponsePlan(dry, rules.Set, rules.Kernel).Orders.IsEmpty);

        Write("b.yaml", "- rule: \"egress: connection to a network that is not allowed\"\n  condition: and proc.name != trusted\n  override:\n    condition: append\n");
        var changed = RuleBook.Load(options);
        Assert.Contains("is not that of the policy egress any more", Assert.Single(changed.Warnings), StringComparison.Ordinal);
        var plan = new ResponsePlan(options, changed.Set, changed.Kernel);
        Assert.Equal(BoundFlags.KillsDrift, plan.Orders.For("registry.example/web"));
        Assert.Contains(plan.Denials, static d => d.Means == KernelMeans.None && d.Rule.StartsWith("egress", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_appended_to_outputs_is_what_falco_would_append()
    {
        Write("a.yaml", Rule, "r", "rename", "t");
        var options = Read("[guard]\nbuiltin_rules = false\n[[guard.append_output]]\nmatch = { tags = [\"t\"] }\nextra_output = \"by %proc.name\"\nextra_fields = [\"proc.pid\", { site = \"cabinet 7\" }]\n");
        var addition = Assert.Single(options.Additions);
        Assert.Equal(("by %proc.name", "t"), (addition.Output, Assert.Single(addition.Tags)));
        Assert.Equal([("proc.pid", null), ("site", "cabinet 7")], addition.Fields.Select(static f => (f.Key, f.Value)).Order());
        Assert.Contains("by %proc.name", Assert.Single(RuleBook.Load(options).Set.Rules).Output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_of_alerts_keeps_two_parts_and_no_half_lines()
    {
        var path = Path.Combine(_directory, "alerts.jsonl");
        using (var file = new AlertFile(path, 200))
        {
            for (var i = 0; i < 50; i++)
            {
                file.Append(System.Text.Encoding.UTF8.GetBytes($"{{\"n\":{i}}}"));
            }
        }

        File.AppendAllText(path, "{\"n\":99");
        var lines = AlertFile.Lines(path).Select(System.Text.Encoding.UTF8.GetString).ToList();
        Assert.Equal("{\"n\":49}", lines[^1]);
        Assert.InRange(lines.Count, 20, 45);
        Assert.True(new FileInfo(path).Length <= 210 && new FileInfo(path + ".1").Length <= 210);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    private void Write(string name, string format, params object[] words) =>
        File.WriteAllText(Path.Combine(_directory, name), string.Format(System.Globalization.CultureInfo.InvariantCulture, format, words));

    private GuardOptions Read(string toml) =>
        NodeConfiguration.Parse(toml, "skerry.toml", new NodeOptions { Guard = new GuardOptions { RuleFiles = [Path.Combine(_directory, "*.yaml")] } }).Guard;
}
