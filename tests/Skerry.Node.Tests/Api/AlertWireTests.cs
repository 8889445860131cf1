using System.Text;
using Skerry.Node.Api;

namespace Skerry.Node.Tests.Api;

public sealed class AlertWireTests
{
    private const string Own = "\"uuid\":\"01a21e60-9460-7ce2-bcc1-dfdb358b162c\",\"skerry\":{\"container_id\":\"c1\",\"container\":\"web\",\"pod\":\"web\",\"action\":\"kill\",\"outcome\":\"done\",\"event_ns\":1700000000000000000,\"judged_ns\":2,\"done_ns\":3,\"from\":\"falco\"}";

    [Theory]
    [InlineData("", "syscall", 0, 1700000000)]
    [InlineData("\"source\":\"k8s_audit\",\"tags\":[\"a\",\"b\"],\"time\":\"2023-11-14T22:13:21.000000000Z\",", "k8s_audit", 2, 1700000001)]
    [InlineData("\"tags\":null,\"time\":null,", "syscall", 0, 1700000000)]
    public void An_alert_of_Falco_is_shown_also_where_its_configuration_leaves_out_what_can_be(string more, string source, int tags, long seconds)
    {
        var alert = AlertWire.Read(Encoding.UTF8.GetBytes($"{{\"rule\":\"X\",\"priority\":\"Critical\",\"output\":\"o\",{more}{Own}}}"));
        Assert.NotNull(alert);
        Assert.Equal((source, tags, seconds), (alert.Source, alert.Tags.Count, alert.Time.Seconds));
        Assert.Equal(("kill", "done", "c1"), (alert.Response.Action, alert.Response.Outcome, alert.ContainerId));
    }

    [Theory]
    [InlineData("{\"rule\":\"X\"}")]
    [InlineData("{\"rule\":")]
    [InlineData("[]")]
    public void A_line_that_is_no_alert_is_passed_over(string line) => Assert.Null(AlertWire.Read(Encoding.UTF8.GetBytes(line)));
}
