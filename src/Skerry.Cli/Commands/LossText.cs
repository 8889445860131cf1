using System.Globalization;
using Skerry.Cli.Rendering;
using Skerry.Guard.Alerts;
using Skerry.Guard.Recorder;

namespace Skerry.Cli.Commands;

/// <summary>What nobody saw when it happened, as it is told of a recording: in the words of the alerts that the node gave of it.</summary>
internal static class LossText
{
    /// <summary>It as a line for people.</summary>
    internal static string Line(RecordLoss loss) => $"{GuardReplay.Time(loss.From)} {Priority(loss)} {Rule(loss)}: {Message(loss)}";

    /// <summary>It as an object like those of alerts that the guard gives of itself.</summary>
    internal static Tree Object(RecordLoss loss) => Tree.Object()
        .Add("output", Message(loss))
        .Add("output_fields", Tree.Object()
            .Add("from", loss.From)
            .Add("to", loss.To)
            .Add("count", Tree.Of(loss.Count))
            .Add("evt.type", Named(loss.What))
            .Add("container.id", Named(loss.Container))
            .Add("container.name", Named(loss.Name))
            .Add("k8s.pod.name", Named(loss.Pod)))
        .Add("priority", Priority(loss))
        .Add("rule", Rule(loss))
        .Add("source", "internal")
        .Add("time", GuardReplay.Time(loss.From));

    private static string Rule(RecordLoss loss) => loss.Kind == LossKind.Away ? "Sensor away" : "Events lost";

    private static string Priority(RecordLoss loss) => AlertWriter.NameOf(loss.Kind == LossKind.Away ? Skerry.Guard.Rules.Priority.Warning : Skerry.Guard.Rules.Priority.Critical);

    private static string Message(RecordLoss loss)
    {
        var of = loss.Container.Length == 0 ? string.Empty : $" of container {loss.Name}{(loss.Pod.Length > 0 ? " in pod " + loss.Pod : string.Empty)}";
        var events = string.Create(CultureInfo.InvariantCulture, $"{loss.Count} {(loss.What.Length > 0 ? loss.What + " " : string.Empty)}events{of}");
        var until = $"until {GuardReplay.Time(loss.To)}";
        return loss.Kind switch
        {
            LossKind.Away => $"{until} no sensor was there: nothing{of} was seen or recorded",
            LossKind.OverLimit => $"{until} {events} were over the limit of their container, and are not judged",
            LossKind.Untold => $"{until} {events} in sandboxes could not be told, and are not judged",
            _ => $"{until} {events} found no room, and are not judged",
        };
    }

    private static string? Named(string text) => text.Length > 0 ? text : null;
}
