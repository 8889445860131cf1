namespace Skerry.Node.Network;

/// <summary>Who opens the host's forward chain for pods of the built-in network.</summary>
internal enum ForwardRules
{
    /// <summary>One chain for the whole bridge, made once: nothing to do for each pod and nothing to leak.</summary>
    Shared,

    /// <summary>The CNI firewall plugin: rules for each address of each pod.</summary>
    Plugin,
}
