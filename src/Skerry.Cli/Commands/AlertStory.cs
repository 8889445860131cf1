using System.Globalization;
using System.Text;
using Skerry.Cli.Rendering;
using Skerry.Guard.Alerts;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Guard.Rules;

namespace Skerry.Cli.Commands;

/// <summary>What is told of one alert. It is taken from the event when that is there: events are filled again and again.</summary>
internal sealed class AlertStory
{
    private const int LongestLine = 300;

    private ulong _number;
    private string? _container;

    internal required Guid Id { get; init; }

    internal required Rule Rule { get; init; }

    internal required long Time { get; init; }

    internal required string Message { get; init; }

    internal required Explanation Why { get; init; }

    /// <summary>The process and its ancestors, the oldest first.</summary>
    internal required IReadOnlyList<string> Processes { get; init; }

    /// <summary>Events of the same container, this one marked.</summary>
    internal List<string> Around { get; } = [];

    /// <summary>What nobody saw of the same container around it.</summary>
    internal List<string> Lost { get; } = [];

    internal static AlertStory Of(Guid id, Rule rule, KernelEvent e, Explanation why)
    {
        List<string> processes = [];
        var process = e.Process;
        for (var depth = 0; process is not null && depth <= ProcessFacts.DeepestAncestor; depth++)
        {
            processes.Add(Name(process));
            process = process.Parent;
        }

        processes.Reverse();
        return new AlertStory
        {
            Id = id, Rule = rule, Time = e.Timestamp, Message = Encoding.UTF8.GetString(new AlertWriter().Message(rule, e)), Why = why, Processes = processes, _number = e.Number, _container = ContainerOf(e),
        };
    }

    /// <summary>An event as one line.</summary>
    internal static string Line(KernelEvent e)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{GuardReplay.Time(e.Timestamp)} {e.Process?.Name.ToString() ?? "?"}[{e.ThreadId}] {e.Type.Name}");
        text += e.Descriptor is { Name.IsAbsent: false } descriptor ? $" {descriptor.Name}" : "";
        text += e.Type.Name is "execve" or "execveat" && e.Process is { } started ? $" {started.CommandLine}" : "";
        text += e.Result is { } result ? string.Create(CultureInfo.InvariantCulture, $" = {result}") : "";
        return text.Length <= LongestLine ? text : text[..LongestLine] + "…";
    }

    internal bool IsItself(KernelEvent e) => e.Number == _number && e.Timestamp == Time;

    internal bool MayConcern(RecordLoss loss) => loss.Container.Length == 0 || loss.Container == _container;

    internal bool IsOfSameContainer(KernelEvent e) => ContainerOf(e) == _container;

    internal Tree ToTree() => Tree.Object()
        .Add("uuid", Id.ToString())
        .Add("rule", Rule.Name)
        .Add("priority", AlertWriter.NameOf(Rule.Priority))
        .Add("time", GuardReplay.Time(Time))
        .Add("message", Message)
        .Add("processes", Tree.List(Processes))
        .Add("why", Of(Why))
        .Add("around", Tree.List(Around.Select(static line => Tree.Object().Add("event", line[2..]).Add("isAlert", line.StartsWith('>')))))
        .Add("lost", Tree.List(Lost));

    private static Tree Of(Explanation part)
    {
        var tree = Tree.Object().Add("part", part.Text).Add("holds", part.Holds);
        return part.Parts.Count > 0 ? tree.Add("parts", Tree.List(part.Parts.Select(Of))) : tree.Add("value", part.Value);
    }

    private static string Name(ProcessFacts process)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{process.Name} [{process.Pid}]");
        text += process.JoinedArguments.Length > 0 ? $" {process.JoinedArguments}" : "";
        text = text.Length <= LongestLine ? text : text[..LongestLine] + "…";
        text += process.User is { } user ? $"  user {(user.Name.IsAbsent ? user.Uid.ToString(CultureInfo.InvariantCulture) : user.Name)}" : "";
        return text + (process.Container is { } container ? $"  container {container.Name}" : "");
    }

    private static string? ContainerOf(KernelEvent e) => e.Process?.Container?.FullId.ToString();
}
