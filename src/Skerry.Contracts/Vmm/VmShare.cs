namespace Skerry.Contracts.Vmm;

/// <summary>Where a machine finds the server of its volumes; both are sockets in a directory that only the jails of the two have.</summary>
/// <param name="Holder">The machine's holder calls here first, and is answered when the server waits for the VMM; the call lasts as long as the server.</param>
/// <param name="Machine">The VMM calls here (vhost-user).</param>
public sealed record VmShare(string Holder, string Machine)
{
    /// <summary>The tag by which the guest mounts all of them.</summary>
    public const string Tag = "volumes";

    /// <summary>What the holder is answered.</summary>
    public const byte Ready = 1;
}
