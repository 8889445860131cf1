using System.Net;
using Skerry.Guard.Rules;
using Skerry.Linux.Bpf;
using Skerry.Node.Configuration;

namespace Skerry.Node.Sensors.Responses;

/// <summary>What the kernel does in containers without asking, and for which images it does not.</summary>
internal sealed record StandingOrders
{
    /// <summary>Nothing.</summary>
    internal static readonly StandingOrders None = new();

    /// <summary>What is done, with the repositories of images that it is not done for.</summary>
    public IReadOnlyList<(BoundFlags Flag, IReadOnlyList<string> ExemptImages)> Acts { get; init; } = [];

    /// <summary>Networks that may be spoken to.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    /// <summary>Ports that may be spoken to anywhere.</summary>
    public IReadOnlyList<ushort> Ports { get; init; } = [];

    /// <summary>Whether there is nothing to do.</summary>
    internal bool IsEmpty => Acts.Count == 0;

    /// <summary>The orders of a configuration: what it asks of the kernel by name, and what it has denied.</summary>
    internal static StandingOrders Of(GuardOptions options, IReadOnlyList<DenyRung> denials, IReadOnlyDictionary<string, KernelRule>? kernel)
    {
        if (options.DryRun || !options.Enabled)
        {
            return None;
        }

        List<(BoundFlags, IReadOnlyList<string>)> acts = [];
        if (options.KernelKills.Contains("drift", StringComparer.Ordinal))
        {
            acts.Add((BoundFlags.KillsDrift, []));
        }

        if (options.KernelKills.Contains("nameless", StringComparer.Ordinal))
        {
            acts.Add((BoundFlags.KillsNameless, []));
        }

        KernelRule? networks = null;
        foreach (var rule in denials.Where(static d => d.Means != KernelMeans.None).Select(d => kernel![d.Rule]))
        {
            acts.Add((FlagsOf(rule.Means), rule.ExemptImages));
            networks = rule.Means == KernelMeans.Networks ? rule : networks;
        }

        return new StandingOrders { Acts = acts, Networks = networks?.Networks ?? [], Ports = networks?.Ports ?? [] };
    }

    /// <summary>What holds for a container: the orders, and what the trust policy of its image says of drift.</summary>
    internal BoundFlags For(SensedContainer container) =>
        For(container.Facts.Repository.ToString()) | (container.DeniesDrift ? BoundFlags.KillsDrift | BoundFlags.KillsNameless | BoundFlags.DeniesScripts : BoundFlags.None);

    /// <summary>What the kernel's side is told, so that it denies what a rule is about.</summary>
    internal static BoundFlags FlagsOf(KernelMeans means) => means switch
    {
        KernelMeans.Networks => BoundFlags.DeniesNetworks,
        KernelMeans.Drift => BoundFlags.KillsDrift,
        KernelMeans.Nameless => BoundFlags.KillsNameless,
        KernelMeans.Packets => BoundFlags.DeniesPackets,
        KernelMeans.Modules => BoundFlags.DeniesModules | BoundFlags.DeniesReplacement,
        KernelMeans.Extension => BoundFlags.DeniesModules | BoundFlags.DeniesPrograms,
        KernelMeans.Bpf => BoundFlags.DeniesBpf,
        KernelMeans.Mounts => BoundFlags.DeniesMounts,
        KernelMeans.Namespaces => BoundFlags.DeniesEntering | BoundFlags.DeniesUnsharing | BoundFlags.DeniesCloning,
        KernelMeans.NamespaceEntry => BoundFlags.DeniesEntering | BoundFlags.DeniesUnsharing,
        _ => BoundFlags.None,
    };

    /// <summary>What the orders have for the containers of an image.</summary>
    /// <param name="repository">The image's name without tag and digest.</param>
    internal BoundFlags For(string repository) =>
        Acts.Where(act => !act.ExemptImages.Contains(repository, StringComparer.Ordinal)).Aggregate(BoundFlags.None, static (all, act) => all | act.Flag);
}
