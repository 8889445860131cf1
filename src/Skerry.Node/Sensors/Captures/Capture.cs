namespace Skerry.Node.Sensors.Captures;

/// <summary>The events around an alert, kept.</summary>
/// <param name="Id">Of the alert.</param>
/// <param name="Time">When it happened, nanoseconds since 1970.</param>
/// <param name="Rule">The rule that fired.</param>
/// <param name="Pod">Name of the pod.</param>
/// <param name="Container">Name of the container.</param>
/// <param name="Directory">Where they are, as a recording.</param>
/// <param name="Bytes">Bytes on disk.</param>
internal sealed record Capture(Guid Id, long Time, string Rule, string Pod, string Container, string Directory, long Bytes);
