using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Wasm;
using Skerry.Node.Policy;

namespace Skerry.Node.Pods;

/// <summary>Checks a pod's spec as it came over the wire and fills in what it leaves open.</summary>
internal static class PodSpecRules
{
    private const int MostContainers = 64;
    private const int MostNameCharacters = 63;

    private const string OwnAnnotations = "skerry.io/";
    private const string NoAnnotations = "skerry.dev/";
    private const string Tier = OwnAnnotations + "tier";
    private const string MinimumTier = OwnAnnotations + "minimum-tier";
    private const string Tee = OwnAnnotations + "tee";
    private static readonly string[] KnownAnnotations = [Tier, MinimumTier, Tee, WritableDisks.SizeAnnotation, WasmTier.FuelAnnotation];

    /// <summary>A complete copy of a spec.</summary>
    /// <exception cref="PodException">The spec is wrong; the message names the field.</exception>
    internal static PodSpec Complete(PodSpec? asked, string defaultNetwork)
    {
        if (asked is null)
        {
            throw PodException.Invalid("pod: the request has none");
        }

        var spec = asked.Clone();
        if (spec.Name.Length == 0)
        {
            spec.Name = PodNames.NewName();
        }

        if (PodNames.Fault(spec.Name) is { } fault)
        {
            throw PodException.Invalid("name: " + fault);
        }

        if (spec.Containers.Count is 0 or > MostContainers)
        {
            throw PodException.Invalid($"containers: a pod has 1 to {MostContainers}, this one {spec.Containers.Count}");
        }

        CheckAnnotations(spec);
        CompleteTier(spec);
        if (spec.Restart == RestartPolicy.Unspecified)
        {
            spec.Restart = RestartPolicy.Never;
        }

        if (!Enum.IsDefined(spec.Restart))
        {
            throw PodException.Invalid($"restart: {(int)spec.Restart} is no restart policy");
        }

        if (spec.AutoRemove && spec.Restart != RestartPolicy.Never)
        {
            throw PodException.Invalid("restart: a pod that is removed when it ends cannot be started again", "leave out --rm or --restart");
        }

        if (spec.Network.Length == 0)
        {
            spec.Network = spec.Ports.Count > 0 && defaultNetwork == "none" ? "bridge" : defaultNetwork;
        }

        if (spec.Ports.Count > 0 && spec.Network is "none" or "host" && spec.Ports.Count > 0)
        {
            throw PodException.Invalid($"ports: network '{spec.Network}' publishes none", "use --network bridge, or leave out -p");
        }

        CompleteHostname(spec);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var container in spec.Containers)
        {
            CompleteContainer(spec, container, names);
        }

        return spec;
    }

    /// <summary>
    /// Annotations below <c>skerry.io/</c> say how a pod is isolated: one that is misspelt or empty must not let it run more weakly than was meant. Below
    /// <c>skerry.dev/</c> there are none, and whoever writes one there means one of these.
    /// </summary>
    private static void CheckAnnotations(PodSpec spec)
    {
        if (spec.Annotations.Keys.FirstOrDefault(static k => k.StartsWith(NoAnnotations, StringComparison.Ordinal)) is { } stray)
        {
            throw PodException.Invalid($"annotations: {stray} is not known", $"leave it out; Skerry's own are {string.Join(", ", KnownAnnotations)} and {MachineAnnotations.Own}NAME");
        }

        foreach (var (name, value) in spec.Annotations.Where(static a => a.Key.StartsWith(OwnAnnotations, StringComparison.Ordinal)))
        {
            if (Array.IndexOf(KnownAnnotations, name) < 0 && !name.StartsWith(MachineAnnotations.Own, StringComparison.Ordinal))
            {
                throw PodException.Invalid($"annotations: {name} is not known", $"leave it out; those of pods are {string.Join(", ", KnownAnnotations)} and {MachineAnnotations.Own}NAME");
            }

            if (value.Length == 0)
            {
                throw PodException.Invalid($"annotations: {name} is empty", "leave it out, or give it a value");
            }
        }
    }

    /// <summary>
    /// The tier, its minimum and the trusted execution environment come from the spec or from an annotation, for those who can write no
    /// more than a manifest; not from both with different words.
    /// </summary>
    private static void CompleteTier(PodSpec spec)
    {
        spec.Tier = Either(spec, "tier", spec.Tier, Tier);
        spec.MinimumTier = Either(spec, "minimum_tier", spec.MinimumTier, MinimumTier);
        spec.Tee = Either(spec, "tee", spec.Tee, Tee);
        if (TeeNames.Parse(spec.Tee) is null)
        {
            throw PodException.Invalid($"tee: '{spec.Tee}' is none of {TeeNames.Allowed}");
        }

        if (spec.Tier == "auto")
        {
            spec.Tier = string.Empty;
        }
    }

    private static string Either(PodSpec spec, string field, string said, string annotation) =>
        !spec.Annotations.TryGetValue(annotation, out var annotated) || annotated == said ? said
        : said.Length == 0 ? annotated
        : throw PodException.Invalid($"{field}: '{said}' and the annotation {annotation}={annotated} contradict each other", "leave one of them out");

    private static void CompleteHostname(PodSpec spec)
    {
        if (spec.Network == "host")
        {
            return;
        }

        if (spec.Hostname.Length == 0)
        {
            spec.Hostname = spec.Name.Replace('_', '-');
        }

        if (spec.Hostname.Length > MostNameCharacters || spec.Hostname.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."))
        {
            throw PodException.Invalid($"hostname: '{spec.Hostname}': letters, digits, '-' and '.', at most {MostNameCharacters} (hostname(7))");
        }
    }

    private static void CompleteContainer(PodSpec spec, ContainerSpec container, HashSet<string> names)
    {
        if (container.Name.Length == 0)
        {
            container.Name = spec.Containers.Count == 1
                ? spec.Name
                : throw PodException.Invalid("containers: each container of a pod with several needs a name");
        }

        if (PodNames.Fault(container.Name) is { } fault)
        {
            throw PodException.Invalid("containers: " + fault);
        }

        if (!names.Add(container.Name))
        {
            throw PodException.Invalid($"containers: two are called '{container.Name}'");
        }

        if (container.Image.Length == 0)
        {
            throw PodException.Invalid($"container {container.Name}: no image");
        }

        if (container.StopSignal.Length > 0)
        {
            _ = SignalNames.Parse(container.StopSignal);
        }

        ResourceBounds.Check($"container {container.Name}: ", container.Resources);
        foreach (var text in container.Args.Concat(container.Entrypoint).Concat(container.Env))
        {
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                throw PodException.Invalid($"container {container.Name}: an argument or variable holds a NUL character");
            }
        }
    }
}
