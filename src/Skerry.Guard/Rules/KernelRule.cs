using System.Globalization;
using System.Net;

namespace Skerry.Guard.Rules;

/// <summary>What a kernel can decide of a rule without anybody's judgement, from the lists that the rule's files left.</summary>
/// <param name="Means">How; <see cref="KernelMeans.None"/> where it cannot.</param>
/// <param name="Reason">Why it cannot; null where it can.</param>
/// <param name="Networks">For networks: the ones that may be spoken to.</param>
/// <param name="Ports">For networks: ports that may be spoken to anywhere.</param>
/// <param name="ExemptImages">Repositories of images that the rule is not for.</param>
public sealed record KernelRule(KernelMeans Means, string? Reason, IReadOnlyList<IPNetwork> Networks, IReadOnlyList<ushort> Ports, IReadOnlyList<string> ExemptImages)
{
    private const string Egress = "egress";
    private const string Drift = "drift";
    private const string BuiltIn = "";

    /// <summary>
    /// The rules that a kernel can decide: those of built-in policies and those that a node starts with, since what they mean is known. Each is decided
    /// as its condition is: a call that it would fire on is denied, and no other.
    /// </summary>
    private static readonly (string Rule, string Policy, KernelMeans Means)[] Known =
    [
        ("egress: connection to a network that is not allowed", Egress, KernelMeans.Networks),
        ("drift: program that the image does not have", Drift, KernelMeans.Drift),
        ("drift: program that was never on a disk", Drift, KernelMeans.Nameless),
        ("no-modules: module of the kernel", "no-modules", KernelMeans.Modules),
        ("no-bpf: bpf or perf_event_open called", "no-bpf", KernelMeans.Bpf),
        ("no-userns: namespace made or entered", "no-userns", KernelMeans.Namespaces),
        ("Program that is not of the image", BuiltIn, KernelMeans.Drift),
        ("Program without a file", BuiltIn, KernelMeans.Nameless),
        ("Raw packets", BuiltIn, KernelMeans.Packets),
        ("Kernel extended", BuiltIn, KernelMeans.Extension),
        ("Mount in a container", BuiltIn, KernelMeans.Mounts),
        ("Namespace entered or made", BuiltIn, KernelMeans.NamespaceEntry),
    ];

    /// <summary>Rules that hooks come near to and do not decide as their conditions are.</summary>
    private static readonly (string Rule, string Reason)[] Inexact =
    [
        ("no-mount: mount changed", "open_tree(2) that copies nothing passes no hook"),
        ("no-ptrace: process taken over", Traced),
        ("Another process written", Traced),
        ("no-shell: shell started", "it asks for names of programs and of their parents, which the kernel does not compare as the rule does"),
        ("read-only-paths: file opened to be written", ByPattern),
        ("read-only-paths: file moved, removed or made", ByPattern),
    ];

    private const string Traced = "a process that asked to be traced, and the own memory of one, are written without passing a hook";
    private const string ByPattern = "its paths are patterns, which no hook compares as the rule does";

    /// <summary>Whether rules of this kind fire on calls that fail, too, so that a denial is told by the rule itself.</summary>
    public static bool SeesAttempts(KernelMeans means) => means is KernelMeans.Modules or KernelMeans.Bpf;

    /// <summary>What a kernel can decide of one rule.</summary>
    /// <param name="rules">All rules and lists.</param>
    /// <param name="name">The rule.</param>
    /// <param name="builtIn">The rules that a node starts with, as they were before other files changed them.</param>
    public static KernelRule Of(RuleLoader rules, string name, string builtIn)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (Known.FirstOrDefault(k => k.Rule == name) is not { Rule: not null } known)
        {
            return Not(Inexact.FirstOrDefault(i => i.Rule == name).Reason ?? "no hook of the kernel decides what this rule is about");
        }

        if (!rules.IsAsIn(known.Policy == BuiltIn ? builtIn : BuiltInPolicies.Find(known.Policy) ?? string.Empty, name))
        {
            return Not($"its condition is not that of {(known.Policy == BuiltIn ? "rules/skerry.yaml" : "the policy " + known.Policy)} any more, so that the kernel would decide otherwise");
        }

        var images = known.Policy != BuiltIn ? rules.ItemsOf(known.Policy.Replace('-', '_') + "_allowed_images") : known.Means == KernelMeans.Drift ? rules.ItemsOf("allowed_images_in_upper_layer") : [];
        return known.Means == KernelMeans.Networks ? OfNetworks(rules, images) : new KernelRule(known.Means, null, [], [], images);
    }

    private static KernelRule OfNetworks(RuleLoader rules, IReadOnlyList<string> images)
    {
        List<IPNetwork> networks = [];
        foreach (var item in rules.ItemsOf("egress_networks"))
        {
            if (!TryRead(item, out var network))
            {
                return Not($"'{item}' in the list egress_networks is no network");
            }

            networks.Add(network);
        }

        List<ushort> ports = [];
        foreach (var item in rules.ItemsOf("egress_ports_anywhere"))
        {
            if (!ushort.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                return Not($"'{item}' in the list egress_ports_anywhere is no port");
            }

            ports.Add(port);
        }

        return new KernelRule(KernelMeans.Networks, null, networks, ports, images);
    }

    /// <summary>A network with or without its length; bits beyond that are not counted, as in conditions.</summary>
    private static bool TryRead(string text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out var address))
        {
            return false;
        }

        var bytes = address.GetAddressBytes();
        var length = bytes.Length * 8;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bytes.Length * 8))
        {
            return false;
        }

        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        network = new IPNetwork(new IPAddress(bytes), length);
        return true;
    }

    private static KernelRule Not(string reason) => new(KernelMeans.None, reason, [], [], []);
}
