using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors.Alerts;

/// <summary>One alert, as it goes to all outputs.</summary>
/// <param name="Id">Its identifier.</param>
/// <param name="Time">When the event happened, nanoseconds since 1970.</param>
/// <param name="Rule">The rule that fired.</param>
/// <param name="Priority">As Falco writes it: Critical.</param>
/// <param name="Source">syscall, or internal for what the guard tells of itself.</param>
/// <param name="Tags">Tags of the rule.</param>
/// <param name="Output">The message with its time.</param>
/// <param name="ContainerId">The container; empty for none.</param>
/// <param name="ContainerName">Its name.</param>
/// <param name="PodName">Name of its pod.</param>
/// <param name="Response">What followed.</param>
/// <param name="Json">All of it as one JSON object, as Falco writes it and with "skerry" added.</param>
internal sealed record Alert(
    Guid Id,
    long Time,
    string Rule,
    string Priority,
    string Source,
    IReadOnlyList<string> Tags,
    string Output,
    string ContainerId,
    string ContainerName,
    string PodName,
    Response Response,
    byte[] Json);
