using System.Text;
using Skerry.Guard.Alerts;

namespace Skerry.Guard.Tests.Alerts;

public sealed class FalcoAlertTests
{
    private const string Whole = """
        {"hostname":"edge-7","output":"16:31:56.746609046: Error File below a known binary directory opened for writing (user=root command=touch /bin/hack)","output_fields":{
        "container.id":"3ad7b26ded6d","evt.time":1427387516746609046,"proc.cmdline":"touch /bin/hack","proc.pid":4711,"user.name":"root"},"priority":"Error",
        "rule":"Write below binary dir","source":"syscall","tags":["filesystem","mitre_persistence"],"time":"2026-03-26T16:31:56.746609046Z"}
        """;

    [Fact]
    public void An_alert_of_falco_is_read()
    {
        var alert = FalcoAlert.Parse(Encoding.UTF8.GetBytes(Whole));
        Assert.Equal(("Write below binary dir", "Error", "syscall"), (alert.Rule, alert.Priority, alert.Source));
        Assert.Equal(["filesystem", "mitre_persistence"], alert.Tags);
        Assert.Equal(("3ad7b26ded6d", 4711), (alert.ContainerId, alert.Pid));
        Assert.Equal(new DateTimeOffset(2026, 3, 26, 16, 31, 56, TimeSpan.Zero).ToUnixTimeSeconds() * 1_000_000_000 + 746_609_046, alert.Time);
        Assert.StartsWith("16:31:56.746609046: Error File", alert.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"rule":"r","priority":"Error","output":"o"}""", null, null)]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","output_fields":{"container.id":"host","proc.pid":0},"tags":null}""", null, null)]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","output_fields":{"container.id":null,"proc.pid":"7"},"time":"2026-03-26T16:31:56Z"}""", null, null)]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","output_fields":null}""", null, null)]
    public void What_is_not_told_is_not_made_up(string json, string? container, int? pid)
    {
        var alert = FalcoAlert.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Equal((container, pid, "syscall"), (alert.ContainerId, alert.Pid, alert.Source));
        Assert.Empty(alert.Tags);
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("16:31:56: Error text", "no JSON")]
    [InlineData("[]", "a JSON object")]
    [InlineData("""{"rule":"r","rule":"s","priority":"Error","output":"o"}""", "no JSON")]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","a":[[[[[[[[[[1]]]]]]]]]]}""", "no JSON")]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","x":"\ud800"}""", "not valid Unicode")]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","output_fields":{"container.id":"3ad7b26ded6d","\udc00":[1]}}""", "not valid Unicode")]
    [InlineData("""{"rule":"\ud800","priority":"Error","output":"o"}""", "not valid Unicode")]
    [InlineData("""{"priority":"Error","output":"o"}""", "json_output")]
    [InlineData("""{"rule":7,"priority":"Error","output":"o"}""", "'rule' is a text")]
    [InlineData("""{"rule":"","priority":"Error","output":"o"}""", "'rule' is empty")]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","tags":"x"}""", "'tags'")]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","tags":[1]}""", "'tags'")]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","time":"yesterday"}""", "'time'")]
    [InlineData("""{"rule":"r","priority":"Error","output":"o","time":"1969-03-26T16:31:56.7Z"}""", "'time'")]
    public void What_is_no_alert_is_refused_with_the_reason(string json, string why) =>
        Assert.Contains(why, Assert.Throws<FormatException>(() => FalcoAlert.Parse(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);
}
