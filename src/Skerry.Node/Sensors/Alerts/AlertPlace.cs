namespace Skerry.Node.Sensors.Alerts;

/// <summary>Where what an alert is of happened.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="Container">Its name.</param>
/// <param name="Pod">Name of its pod.</param>
internal sealed record AlertPlace(string ContainerId, string Container, string Pod)
{
    /// <summary>The place of a container that is watched.</summary>
    internal static AlertPlace Of(SensedContainer container) => new(container.Id, container.Facts.Name.ToString(), container.Facts.Pod?.Name.ToString() ?? string.Empty);
}
