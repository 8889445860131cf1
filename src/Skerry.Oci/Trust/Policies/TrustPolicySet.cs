namespace Skerry.Oci.Trust.Policies;

/// <summary>All policies of a node, of which one is for a name.</summary>
public sealed class TrustPolicySet
{
    /// <summary>The word for no policy: who asks for it must say why.</summary>
    public const string None = "none";

    private readonly List<(ImagePattern Pattern, TrustPolicy Policy)> _patterns;

    /// <param name="policies">Their names are unique, and no pattern is in two of them.</param>
    /// <exception cref="OciFormatException">One of that does not hold: which policy is for a name must not depend on an order.</exception>
    public TrustPolicySet(IReadOnlyList<TrustPolicy> policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        Policies = policies;
        _patterns = [.. policies.SelectMany(static p => p.Images.Select(i => (i, p))).OrderByDescending(static p => p.i.Narrowness)];
        foreach (var twice in policies.GroupBy(static p => p.Name, StringComparer.Ordinal).Where(static g => g.Count() > 1))
        {
            throw new OciFormatException("trust policies", null, $"the name '{twice.Key}' is at {twice.First().Place} and at {twice.Last().Place}; rename one");
        }

        foreach (var twice in _patterns.GroupBy(static p => p.Pattern.Text, StringComparer.Ordinal).Where(static g => g.Count() > 1))
        {
            throw new OciFormatException("trust policies", null, $"the pattern '{twice.Key}' is in the policies {string.Join(" and ", twice.Select(static p => $"'{p.Policy.Name}' ({p.Policy.Place})"))}; it can be in one");
        }
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<TrustPolicy> Policies { get; }

    /// <summary>The policy for a name; null when there is none, and then the answer is no.</summary>
    /// <param name="name">REGISTRY/NAME; null for an image without a name.</param>
    public TrustPolicy? For(string? name) => _patterns.Find(p => p.Pattern.Matches(name)).Policy;

    /// <summary>The policy that is called so; null when there is none.</summary>
    public TrustPolicy? Named(string name) => Policies.FirstOrDefault(p => p.Name == name);
}
