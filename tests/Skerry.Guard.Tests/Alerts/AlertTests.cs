using System.Text;
using System.Text.Json;
using Skerry.Guard.Alerts;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Tests.Alerts;

public sealed class AlertTests
{
    [Fact]
    public void A_message_has_its_fields()
    {
        Assert.Equal("shadow by cat.", Message("%basename(fd.name) by %proc.name."));
        Assert.Equal("[cat  ] [ca]", Message("[%5proc.name] [%2proc.name]"));
        Assert.Equal("bash <NA> 1 false", Message("%proc.aname[1] %proc.aname[7] %evt.num %evt.failed"));
        Assert.Equal("22:13:20.123456789 22:13:20", Message("%evt.time %evt.time.s"));
        Assert.Equal("O_TRUNC|O_CREAT|O_WRONLY", Message("%evt.arg.flags"));
        Assert.Equal("100 percent", Message("100 percent"));
        Assert.Equal("star cat", Message("*star %proc.name"));
        Assert.Equal("bash", Message("%proc.aname"));
        Assert.Equal("CAT/CAT", Message("%concat(toupper(proc.name), \"/\", toupper(proc.name))"));
    }

    [Theory]
    [InlineData("%", "LOAD_ERR_COMPILE_OUTPUT")]
    [InlineData("%proc.nme", "LOAD_ERR_COMPILE_OUTPUT")]
    [InlineData("%nothing", "LOAD_ERR_COMPILE_OUTPUT")]
    [InlineData("%evt.arg", "LOAD_ERR_COMPILE_OUTPUT")]
    [InlineData("%99999proc.name", "LOAD_ERR_COMPILE_OUTPUT")]
    [InlineData("%tolower(proc.name", "LOAD_ERR_COMPILE_OUTPUT")]
    [InlineData("%tolower(proc.pid)", "LOAD_ERR_COMPILE_OUTPUT")]
    [InlineData("%thread.cgroup[memory]", "LOAD_ERR_COMPILE_OUTPUT")]
    public void A_message_with_what_is_no_field_is_refused(string output, string code) =>
        Assert.Equal(code, LoadCodes.NameOf(Assert.Single(Judgement.Result(Judgement.Rule("evt.type=open", output: output)).Errors).Code));

    [Theory]
    [InlineData("%proc.name[2].x", "cat[2].x")]
    [InlineData("%proc.name.", "cat.")]
    [InlineData("%proc.names", "cats")]
    [InlineData("%proc.pidof", "4321of")]
    [InlineData("%proc.name[", "cat[")]
    [InlineData("%proc.aname[1][2]", "bash[2]")]
    [InlineData("%proc.aname[x]", "bash[x]")]
    [InlineData("%tolower(proc.name)[x]", "cat[x]")]
    [InlineData("%evt.abspath[1]", "/etc/shadow[1]")]
    public void What_follows_a_field_in_a_message_is_text(string output, string message) => Assert.Equal(message, Message(output));

    [Fact]
    public void An_alert_is_what_takes_Falcos_alerts_expects()
    {
        var rule = Load("read %fd.name %proc.pid %evt.failed %k8s.pod.name %tolower(proc.name)", "  tags: [b, a]\n");
        var alert = JsonDocument.Parse(Encoding.UTF8.GetString(new AlertWriter().Json(rule, Event(), Guid.Parse("5f0b7a0e-8b1c-4a57-9d5e-1a2b3c4d5e6f")))).RootElement;
        Assert.Equal("22:13:20.123456789: Warning read /etc/shadow 4321 false <NA> cat", alert.GetProperty("output").GetString());
        Assert.Equal("Warning", alert.GetProperty("priority").GetString());
        Assert.Equal("r", alert.GetProperty("rule").GetString());
        Assert.Equal("syscall", alert.GetProperty("source").GetString());
        Assert.Equal("edge-7", alert.GetProperty("hostname").GetString());
        Assert.Equal("2023-11-14T22:13:20.123456789Z", alert.GetProperty("time").GetString());
        Assert.Equal("5f0b7a0e-8b1c-4a57-9d5e-1a2b3c4d5e6f", alert.GetProperty("uuid").GetString());
        Assert.Equal(["a", "b"], alert.GetProperty("tags").EnumerateArray().Select(static t => t.GetString()));
        var fields = alert.GetProperty("output_fields");
        Assert.Equal(4321, fields.GetProperty("proc.pid").GetInt64());
        Assert.Equal(JsonValueKind.False, fields.GetProperty("evt.failed").ValueKind);
        Assert.Equal(JsonValueKind.Null, fields.GetProperty("k8s.pod.name").ValueKind);
        Assert.Equal("cat", fields.GetProperty("proc.name").GetString());
        Assert.Equal(Make.Now, fields.GetProperty("evt.time").GetInt64());
        Assert.False(fields.TryGetProperty("tolower(proc.name)", out _));
    }

    [Fact]
    public void Bytes_of_an_attacker_break_neither_a_line_nor_JSON()
    {
        var rule = Load("read %fd.name");
        var e = Event();
        e.Descriptor!.Name = new Text([(byte)'/', (byte)'a', (byte)'\n', (byte)'"', 0xFF, 0x1B]);
        var line = new AlertWriter().Line(rule, e);
        Assert.DoesNotContain('\n', line);
        Assert.EndsWith("read /a\\n\\\"\uFFFD\\u001B", line, StringComparison.Ordinal);
        var alert = JsonDocument.Parse(Encoding.UTF8.GetString(new AlertWriter().Json(rule, e, Guid.Empty))).RootElement;
        Assert.Equal("/a\n\"\uFFFD\u001B", alert.GetProperty("output_fields").GetProperty("fd.name").GetString());
    }

    [Fact]
    public void The_container_is_in_every_message_unless_that_is_switched_off()
    {
        var loader = new RuleLoader();
        loader.Load("f", Judgement.Rule("evt.type=openat", output: "o"));
        var process = Make.Process("cat", container: Make.Container(ns: "default"));
        Assert.Equal(
            "o container_id=3ad7b26ded6d container_name=web container_image_repository=docker.io/library/nginx container_image_tag=1.25 k8s_pod_name=web-0 k8s_ns_name=default",
            Encoding.UTF8.GetString(new AlertWriter().Message(loader.Rules[0], Make.Open(process, "/x"))));
    }

    private static Rule Load(string output, string more = "")
    {
        var loader = new RuleLoader(new RuleLoaderOptions { AppendsContainer = false });
        var result = loader.Load("f", Judgement.Rule("evt.type=openat", output: output.Replace("\"", "\\\"", StringComparison.Ordinal), more: more));
        Assert.True(result.IsSuccessful, result.ToString());
        return loader.Rules[0];
    }

    private static KernelEvent Event()
    {
        var process = Make.Process("cat /etc/shadow", Make.Process("bash"));
        process.Pid = 4321;
        return Make.Open(process, "/etc/shadow", Make.WriteOnly | Make.Create | Make.Truncate);
    }

    private static string Message(string output) => Encoding.UTF8.GetString(new AlertWriter().Message(Load(output), Event()));
}
