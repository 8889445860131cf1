using System.Text.Json;
using Skerry.Guard.Rules;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Tests.Sensors.Gvisor;

/// <summary>What gVisor is asked for, by the rules.</summary>
public sealed class PointTableTests
{
    private static readonly string[] Always = ["container/start", "sentry/clone", "sentry/execve", "sentry/task_exit", "syscall/execve/exit"];

    [Fact]
    public void Only_calls_that_a_rule_watches_are_asked_for_and_starts_and_ends_always()
    {
        var asked = Points("evt.type = openat");
        Assert.All(Always, point => Assert.Contains(point, asked));
        Assert.Contains("syscall/openat/exit", asked);
        Assert.DoesNotContain("syscall/connect/exit", asked);
        Assert.DoesNotContain(asked, static p => p.Contains("sysno", StringComparison.Ordinal));
    }

    [Fact]
    public void A_call_that_gvisor_tells_as_numbers_is_asked_for_at_its_entry_too() =>
        Assert.Equal(["syscall/sysno/101/enter", "syscall/sysno/101/exit"], Points("evt.type = ptrace").Where(static p => p.Contains("sysno", StringComparison.Ordinal)));

    [Fact]
    public void What_becomes_of_sockets_is_asked_for_where_a_stream_may_become_one()
    {
        var asked = Points("evt.type = dup2 and fd.type = ipv4");
        Assert.Contains("syscall/connect/exit", asked);
        Assert.Contains("syscall/socket/exit", asked);
        Assert.Contains("syscall/accept/exit", asked);
    }

    [Fact]
    public void The_session_goes_to_the_socket_of_the_sandbox_and_its_making_never_fails_for_it()
    {
        using var session = JsonDocument.Parse(PointTable.Write([], "/run/a \"b\"/s"));
        var sink = session.RootElement.GetProperty("trace_session").GetProperty("sinks")[0];
        Assert.Equal("/run/a \"b\"/s", sink.GetProperty("config").GetProperty("endpoint").GetString());
        Assert.True(sink.GetProperty("ignore_setup_error").GetBoolean());
    }

    private static List<string> Points(string condition)
    {
        var loader = new RuleLoader();
        Assert.True(loader.Load("t", $"- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: ERROR\n").IsSuccessful);
        using var session = JsonDocument.Parse(PointTable.Write(PointTable.Calls(loader.Set), "/s"));
        return [.. session.RootElement.GetProperty("trace_session").GetProperty("points").EnumerateArray().Select(static p => p.GetProperty("name").GetString()!)];
    }
}
