namespace Skerry.Node.Sensors.Responses;

/// <summary>What followed on an alert, with the times that prove how fast.</summary>
/// <param name="Action">What was to be done.</param>
/// <param name="Outcome">See <see cref="Outcomes"/>.</param>
/// <param name="Event">When the kernel saw the event, nanoseconds since 1970.</param>
/// <param name="Judged">When the rule had fired.</param>
/// <param name="Done">When the action was done; equal to <paramref name="Judged"/> where nothing was done.</param>
internal readonly record struct Response(ResponseAction Action, string Outcome, long Event, long Judged, long Done)
{
    /// <summary>Something became other by it than it was.</summary>
    internal bool IsNew => Outcome is Outcomes.Done or Outcomes.Asked or Outcomes.NotDenied || Outcome.StartsWith(Outcomes.ContainerKilled, StringComparison.Ordinal);

    /// <summary>The action as the configuration has it.</summary>
    internal string ActionName => NameOf(Action);

    /// <summary>An action as the configuration has it.</summary>
    internal static string NameOf(ResponseAction action) => action switch
    {
        ResponseAction.Pause => "pause",
        ResponseAction.Quarantine => "quarantine",
        ResponseAction.Restart => "restart",
        ResponseAction.Kill => "kill",
        ResponseAction.KillContainer => "kill-container",
        ResponseAction.Deny => "deny",
        _ => "alert",
    };
}
