using Skerry.Node.Configuration;
using Skerry.Node.Network;

namespace Skerry.Node;

/// <summary>Opens the pod networks as the configuration says.</summary>
internal static class NodeNetworks
{
    internal static PodNetwork Open(NodeOptions options, string instance, TimeProvider clock, ILoggerFactory logging) => new(
        new NetworkOptions
        {
            NodeInstance = instance,
            RunDirectory = options.Run,
            ConfigDirectory = options.CniConfigDirectory,
            PluginDirectories = options.CniPluginDirectories,
            Subnet = options.Subnet,
            Subnet6 = options.Subnet6,
        },
        logging.CreateLogger<PodNetwork>(),
        clock);
}
