using System.Globalization;
using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using State = Skerry.Contracts.Node.V1.GuardStatusResponse.Types.State;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard status</c>: how the sensor does, and what it lost.</summary>
internal static class GuardStatusCommand
{
    internal static Command Table() => new("status", "show how the sensor does and what became of the events")
    {
        Options = [Listing.Format],
        Examples = [("skerry guard status", "for people"), ("skerry guard status -o json | jq '[.counters[].lost] | add'", "lost events, for a program")],
        Run = static i =>
        {
            var status = i.Node.Call(NodeMethods.GuardStatus, new GuardStatusRequest());
            return Listing.PrintOne(i, Of(status), () => Text(status), Name(status.State));
        },
    };

    private static string Name(State state) => state switch { State.Running => "running", State.Blind => "blind", _ => "idle" };

    private static string Text(GuardStatusResponse status)
    {
        var text = new StringBuilder();
        Line("sensor", status.State switch
        {
            State.Running => status.RealTime ? "runs, ahead of ordinary threads" : "runs, as an ordinary thread",
            State.Blind => "sees nothing: " + status.Reason,
            _ => "idle: no container needed it yet",
        });
        Line("io_uring", status.State != State.Running ? "-" : status.UringReason.Length == 0 ? "seen" : "not seen: " + status.UringReason);
        Line("rules", string.Create(CultureInfo.InvariantCulture, $"{status.Rules} of {string.Join(", ", status.RuleFiles)}"));
        Line("watches", string.Create(CultureInfo.InvariantCulture, $"{status.Containers} containers; {status.Processes} of their processes are known, each since it first did something that is watched"));
        if (status.Sandboxes > 0 || status.SandboxTold > 0)
        {
            Line("gvisor", string.Create(CultureInfo.InvariantCulture, $"{status.Sandboxes} sandboxes tell what happens in them: {status.SandboxTold} events, {status.SandboxLost} lost, {status.SandboxUnreadable} not understood or over a limit, {status.SandboxUnfollowed} paths told as they were asked for"));
        }

        Line("alerts", string.Create(CultureInfo.InvariantCulture, $"{status.Alerts}, {status.AlertsSuppressed} left out as too many of one rule, {status.AlertsDropped} not kept"));
        Line("drift", status.DriftReason.Length > 0
            ? "no program can be refused before it runs: " + status.DriftReason
            : string.Create(CultureInfo.InvariantCulture, $"{status.DriftContainers} containers, {status.DriftAsked} programs looked at before they ran, {status.DriftFound} not of their image"));
        if (status.HttpDropped > 0 || status.HttpFailure.Length > 0)
        {
            Line("http", string.Create(CultureInfo.InvariantCulture, $"{status.HttpDropped} alerts not delivered{(status.HttpFailure.Length > 0 ? ": " + status.HttpFailure : string.Empty)}"));
        }

        if (status.Falco)
        {
            Line("falco", string.Create(CultureInfo.InvariantCulture, $"{status.FalcoTaken} alerts taken, {status.FalcoRefused} requests that were none"));
        }

        Line("kernel", Kernel(status.Standing ?? new GuardStanding()));
        if (status.Canary is { } canary)
        {
            Line("canary", canary.Count == 0 ? "not measured yet" : string.Create(
                CultureInfo.InvariantCulture, $"last {canary.LastNs / 1e6:0.000} ms, longest {canary.LongestNs / 1e6:0.000} ms of {canary.Count}; {canary.Late} late"));
        }

        if (status.Away is { } away)
        {
            Line("away", string.Create(CultureInfo.InvariantCulture, $"from {GuardReplay.Time(away.FromNs)} to {GuardReplay.Time(away.ToNs)} skerryd was {(away.Stopped ? "stopped" : "gone")}, and nobody saw {away.Names}"));
        }

        foreach (var answer in status.Answers)
        {
            Line("answer", $"{answer.Rule}: {Words(answer)}");
        }

        text.Append('\n');
        var table = new Table("KIND", "SEEN", "TOLD", "LOST", "OVER LIMIT");
        foreach (var counter in status.Counters.OrderByDescending(static c => c.Seen))
        {
            table.Row(counter.Kind, Number(counter.Seen), Number(counter.Sent), Number(counter.Lost), Number(counter.Limited));
        }

        return text.Append(table).ToString();

        void Line(string name, string value) => text.Append(name.PadRight(9)).Append(Humanise.Safe(value)).Append('\n');
    }

    /// <summary>What the kernel does without skerryd.</summary>
    private static string Kernel(GuardStanding standing)
    {
        if (!standing.Running)
        {
            return "answers nothing by itself: " + standing.Reason;
        }

        string[] acts = [.. standing.Refuses.Select(static k => k switch { "drift" => "refuses programs that are not of the image", "nameless" => "refuses programs without a file", _ => $"denies what {k} is about" }), .. standing.Kills.Select(static k => k == "drift" ? "kills programs that are not of the image" : "kills programs without a file"), .. standing.DeniesNetworks ? ["denies connections"] : Array.Empty<string>()];
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", acts)}, also while skerryd is away; {standing.Killed} killed, {standing.Denied} denied");
    }

    private static string Words(GuardAnswer answer) => answer.Rung switch
    {
        "" => answer.Answer,
        "lsm-start" => $"{answer.Answer}: not started, by the kernel's security hooks",
        "lsm-call" => $"{answer.Answer}: the call fails, by the kernel's security hooks",
        "kernel-network" => $"{answer.Answer}: connections fail, in the kernel",
        "kernel-start" => $"{answer.Answer}: killed by the kernel before its first instruction{(answer.Reason.Length > 0 ? $", not refused: {answer.Reason}" : string.Empty)}",
        _ => $"{answer.Answer}: skerryd kills, {answer.Reason}",
    };

    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static Tree Of(GuardStatusResponse status) => Tree.Object()
        .Add("state", Name(status.State))
        .Add("reason", status.Reason)
        .Add("rules", status.Rules)
        .Add("ruleFiles", Tree.List(status.RuleFiles))
        .Add("containers", status.Containers)
        .Add("processes", status.Processes)
        .Add("realTime", status.RealTime)
        .Add("uringReason", status.UringReason)
        .Add("unreadable", (long)status.Unreadable)
        .Add("sandboxes", status.Sandboxes)
        .Add("sandboxTold", (long)status.SandboxTold)
        .Add("sandboxLost", (long)status.SandboxLost)
        .Add("sandboxUnreadable", (long)status.SandboxUnreadable)
        .Add("sandboxUnfollowed", (long)status.SandboxUnfollowed)
        .Add("alerts", (long)status.Alerts)
        .Add("alertsDropped", (long)status.AlertsDropped)
        .Add("alertsSuppressed", (long)status.AlertsSuppressed)
        .Add("httpDropped", (long)status.HttpDropped)
        .Add("httpFailure", status.HttpFailure)
        .Add("falco", status.Falco)
        .Add("falcoTaken", (long)status.FalcoTaken)
        .Add("falcoRefused", (long)status.FalcoRefused)
        .Add("driftContainers", status.DriftContainers)
        .Add("driftAsked", (long)status.DriftAsked)
        .Add("driftFound", (long)status.DriftFound)
        .Add("driftReason", status.DriftReason)
        .Add("standing", Tree.Object()
            .Add("running", status.Standing?.Running == true)
            .Add("reason", status.Standing?.Reason ?? "")
            .Add("kills", Tree.List(status.Standing?.Kills ?? []))
            .Add("refuses", Tree.List(status.Standing?.Refuses ?? []))
            .Add("lsmReason", status.Standing?.LsmReason ?? "")
            .Add("deniesNetworks", status.Standing?.DeniesNetworks == true)
            .Add("killed", (long)(status.Standing?.Killed ?? 0))
            .Add("denied", (long)(status.Standing?.Denied ?? 0)))
        .Add("canary", status.Canary is null ? Tree.Null : Tree.Object()
            .Add("count", (long)status.Canary.Count)
            .Add("late", (long)status.Canary.Late)
            .Add("lastNs", status.Canary.LastNs)
            .Add("longestNs", status.Canary.LongestNs))
        .Add("away", status.Away is null ? Tree.Null : Tree.Object()
            .Add("fromNs", status.Away.FromNs)
            .Add("toNs", status.Away.ToNs)
            .Add("stopped", status.Away.Stopped)
            .Add("containers", status.Away.Containers)
            .Add("names", status.Away.Names))
        .Add("answers", Tree.List(status.Answers.Select(static a => Tree.Object().Add("rule", a.Rule).Add("answer", a.Answer).Add("rung", a.Rung).Add("reason", a.Reason))))
        .Add("counters", Tree.List(status.Counters.Select(static c => Tree.Object()
            .Add("kind", c.Kind)
            .Add("seen", (long)c.Seen)
            .Add("sent", (long)c.Sent)
            .Add("lost", (long)c.Lost)
            .Add("limited", (long)c.Limited))));
}
