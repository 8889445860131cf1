using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// What a pod asks of its own machine by annotations, in Kata's words or under the node's own prefix. What must hold: only what the configuration
/// names (enable_annotations) is taken; each is read into a number with bounds, or into words of <see cref="KernelParameters.Fault"/>; and none of
/// these annotations is passed over, because a machine that is not the one asked for would be no answer.
/// </summary>
internal static class MachineAnnotations
{
    /// <summary>What they are called by under the node's own prefix.</summary>
    internal const string Own = "skerry.io/microvm.";

    private const string Kata = "io.katacontainers.config.";
    private const string KataHypervisor = Kata + "hypervisor.";
    private const string Memory = "default_memory";
    private const string MaximumMemory = "default_maxmemory";
    private const string Processors = "default_vcpus";

    // Bounds of the configuration's own keys.
    private const int LeastMebibytes = 16;
    private const int MostMebibytes = 1 << 20;
    private const int MostProcessors = 64;

    /// <summary>The options of a pod's machine: those of the configuration, with what the pod asks for in their place.</summary>
    /// <exception cref="SpecRefusedException">It is not allowed, not known, or not well formed.</exception>
    internal static MicrovmOptions Apply(PodSpec pod, MicrovmOptions options)
    {
        Dictionary<string, (string Key, string Value)> asked = new(StringComparer.Ordinal);
        foreach (var (key, value) in pod.Annotations.OrderBy(static a => a.Key, StringComparer.Ordinal))
        {
            if (Name(key) is not { } name)
            {
                continue;
            }

            if (!MicrovmOptions.Adjustable.Contains(name, StringComparer.Ordinal))
            {
                throw Refused($"{key} is not known to the microvm tier", $"leave it out; pods can ask for {string.Join(", ", MicrovmOptions.Adjustable)}");
            }

            if (!options.EnableAnnotations.Contains(name, StringComparer.Ordinal))
            {
                throw Refused(
                    $"{key} is not allowed on this node, which allows {(options.EnableAnnotations.Count == 0 ? "none" : string.Join(", ", options.EnableAnnotations))}",
                    $"leave it out, or add \"{name}\" to enable_annotations under [microvm] in skerry.toml");
            }

            if (asked.TryGetValue(name, out var other) && other.Value != value)
            {
                throw Refused($"{other.Key}={other.Value} and {key}={value} contradict each other", "leave one of them out");
            }

            asked[name] = (key, value);
        }

        foreach (var (name, (key, value)) in asked)
        {
            options = name switch
            {
                Memory => options with { MemoryBytes = (long)Number(key, value, LeastMebibytes, MostMebibytes, "MiB") << 20 },
                MaximumMemory => options with { MaximumBytes = (long)Number(key, value, LeastMebibytes, MostMebibytes, "MiB") << 20 },
                Processors => options with { Processors = Number(key, value, 1, MostProcessors, "processors") },
                _ => options with { KernelParameters = Added(options.KernelParameters, key, value) },
            };
        }

        return options;
    }

    /// <summary>What an annotation asks for; null: it is not about machines. Kata's other parts are named whole, which nothing is known by.</summary>
    private static string? Name(string key) =>
        key.StartsWith(KataHypervisor, StringComparison.Ordinal) ? key[KataHypervisor.Length..]
        : key.StartsWith(Kata, StringComparison.Ordinal) ? key
        : key.StartsWith(Own, StringComparison.Ordinal) ? key[Own.Length..]
        : null;

    private static int Number(string key, string value, int least, int most, string unit) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Refused($"{key} is '{value}'", string.Create(CultureInfo.InvariantCulture, $"give a number of {unit} from {least} to {most}, digits only"));

    private static string Added(string before, string key, string value) => KernelParameters.Fault(value) is { } fault
        ? throw Refused($"{key}: {fault}", "give words NAME or NAME=VALUE with one space between, of letters, digits and _ . , : / @ + -")
        : Joined(key, $"{before} {value}".Trim());

    private static string Joined(string key, string text) => text.Length <= MicrovmOptions.MostParameters
        ? text
        : throw Refused(string.Create(CultureInfo.InvariantCulture, $"{key}: with those of the configuration there are {text.Length} characters"), string.Create(CultureInfo.InvariantCulture, $"give fewer: {MicrovmOptions.MostParameters} in all"));

    private static SpecRefusedException Refused(string why, string next) => new("annotations", why, next);
}
