using Skerry.Node.Configuration;

namespace Skerry.Node.Policy;

/// <summary>The images that the user trusts, by name. A name is as good as the registry that answers to it: it says nothing of a signature.</summary>
internal sealed class TrustedImages
{
    private const string Below = "/*";
    private readonly IReadOnlyList<string> _rules;

    /// <param name="rules">REGISTRY/NAME, or REGISTRY/NAME/* and REGISTRY/* for all below.</param>
    /// <exception cref="ConfigurationException">A rule is neither.</exception>
    internal TrustedImages(IReadOnlyList<string> rules)
    {
        foreach (var rule in rules)
        {
            var name = rule.EndsWith(Below, StringComparison.Ordinal) ? rule[..^Below.Length] : rule;
            var registry = name.Split('/')[0];
            if (name.Contains('*', StringComparison.Ordinal) || (name == rule && registry == name) || registry.AsSpan().IndexOfAny('.', ':') < 0 && registry != "localhost")
            {
                throw new ConfigurationException($"tiers.trusted: '{rule}' is neither REGISTRY/NAME nor REGISTRY/NAME/*, with the registry's whole name (docker.io/library/*)");
            }
        }

        _rules = rules;
    }

    /// <summary>The rule by which an image is trusted; null: none.</summary>
    /// <param name="name">REGISTRY/NAME, without tag and digest.</param>
    internal string? RuleFor(string name)
    {
        foreach (var rule in _rules)
        {
            if (rule.EndsWith(Below, StringComparison.Ordinal) ? name.AsSpan().StartsWith(rule.AsSpan(0, rule.Length - 1), StringComparison.Ordinal) : name == rule)
            {
                return rule;
            }
        }

        return null;
    }
}
