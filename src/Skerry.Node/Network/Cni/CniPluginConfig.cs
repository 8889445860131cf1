using System.Text.Json.Nodes;

namespace Skerry.Node.Network.Cni;

/// <summary>One plugin of a configuration list.</summary>
/// <param name="Type">File name of the plugin.</param>
/// <param name="Config">The object as it was written, unknown keys included.</param>
/// <param name="Capabilities">The capabilities it declares as true.</param>
internal sealed record CniPluginConfig(string Type, JsonObject Config, IReadOnlySet<string> Capabilities)
{
    /// <summary>The reference portmap plugin has nothing to do, on ADD and DEL, for a pod without ports.</summary>
    internal bool IsIdle(IReadOnlyList<PortRequest> ports) => ports.Count == 0 && string.Equals(Type, "portmap", StringComparison.Ordinal);
}
