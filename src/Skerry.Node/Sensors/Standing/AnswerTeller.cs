using System.Globalization;
using System.Net;
using System.Text;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors.Standing;

/// <summary>Makes alerts of what the kernel did by itself.</summary>
internal static class AnswerTeller
{
    /// <summary>What a kill is told as, live and later.</summary>
    internal const string KilledRule = "Program killed by the kernel";

    private const string RefusedRule = "Program refused by the kernel";
    private const string ForbiddenRule = "Call denied by the kernel";
    private const string DeniedRule = "Connection denied by the kernel";
    private const string Away = " while no skerryd was there";
    private const int InterNetworkV6 = 10; // AF_INET6

    /// <summary>The alert of one answer.</summary>
    /// <param name="answer">What was done.</param>
    /// <param name="of">Where.</param>
    /// <param name="rule">The rule that asked for the denial; null where it is not known any more.</param>
    /// <param name="process">What is known of the process; null for nothing.</param>
    /// <param name="wasAway">Nobody was there to see it.</param>
    internal static Alert Of(in WardenAnswer answer, AlertPlace of, Rule? rule, ProcessFacts? process, bool wasAway)
    {
        // The clock may have been set since: counted from now, by the clock that goes on in sleep.
        var now = KernelClock.Realtime;
        var time = now - Math.Max(0, KernelClock.Boot - (long)answer.Boot);
        List<(string, object)> fields = [("proc.pid", (long)answer.Process), ("proc.name", Text(answer.Name)), ("container.id", of.ContainerId[..Math.Min(12, of.ContainerId.Length)]), ("container.name", of.Container), ("k8s.pod.name", of.Pod)];
        if (process is not null)
        {
            fields.AddRange([("proc.cmdline", process.CommandLine.ToString()), ("proc.exepath", process.ExecutablePath.ToString()), ("proc.pname", process.Parent?.Name.ToString() ?? string.Empty)]);
        }

        if (answer.Kind == WardenAnswerKind.Killed)
        {
            fields.Add(("proc.exepath", Text(answer.Program)));
            return AlertMaker.OfItself(
                time, Environment.MachineName, "syscall", KilledRule, Priority.Critical, ["container", "process"],
                $"A program was killed before its first instruction{(wasAway ? Away : string.Empty)} | program={Text(answer.Program)} process={Text(answer.Name)}", fields, of,
                new Response(ResponseAction.Kill, "done in the kernel" + (wasAway ? Away : string.Empty), time, time, time));
        }

        fields.Add(("evt.res", "EPERM"));
        if (answer.Kind == WardenAnswerKind.Refused)
        {
            fields.Add(("evt.arg.filename", Text(answer.Program)));
            return Denial(RefusedRule, "process", $"A program was not started{(wasAway ? Away : string.Empty)} | program={Text(answer.Program)} process={Text(answer.Name)}", of, rule, process, fields, time, wasAway);
        }

        if (answer.Kind == WardenAnswerKind.Forbidden)
        {
            var call = CallTable.All[(int)answer.Call]?.Type.Name ?? answer.Call.ToString(CultureInfo.InvariantCulture);
            fields.Add(("evt.type", call));
            return Denial(ForbiddenRule, "process", $"A call was denied{(wasAway ? Away : string.Empty)} | call={call} process={Text(answer.Name)}", of, rule, process, fields, time, wasAway);
        }

        var (connection, protocol) = (Connection(answer), answer.Protocol switch { 6 => "tcp", 17 => "udp", 136 => "udplite", _ => answer.Protocol.ToString(CultureInfo.InvariantCulture) });
        fields.AddRange([("fd.name", connection), ("fd.l4proto", protocol)]);
        return Denial(DeniedRule, "network", $"A connection was denied{(wasAway ? Away : string.Empty)} | connection={connection} protocol={protocol} process={Text(answer.Name)}", of, rule, process, fields, time, wasAway);
    }

    private static Alert Denial(
        string otherwise, string tag, string text, AlertPlace of, Rule? rule, ProcessFacts? process, List<(string, object)> fields, long time, bool wasAway) => AlertMaker.OfItself(
            time, Environment.MachineName, "syscall", rule?.Name ?? otherwise, rule?.Priority ?? Priority.Error, rule?.Tags ?? ["container", tag],
            text + (process is null ? string.Empty : $" command={process.CommandLine}"), fields, of,
            new Response(ResponseAction.Deny, "denied by the kernel" + (wasAway ? Away : string.Empty), time, time, time));

    private static string Connection(in WardenAnswer answer)
    {
        ReadOnlySpan<byte> bytes = answer.Address;
        return answer.Port == 0 && answer.Type == 3 ? "raw socket" : new IPEndPoint(new IPAddress(bytes[..(answer.Family == InterNetworkV6 ? 16 : 4)]), answer.Port).ToString();
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..(bytes.IndexOf((byte)0) is >= 0 and var end ? end : bytes.Length)]);
}
