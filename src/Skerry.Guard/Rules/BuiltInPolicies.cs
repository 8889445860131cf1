namespace Skerry.Guard.Rules;

/// <summary>Policies that come with the guard and are switched on by name: rule files of their own, which load beside any others (rules/policies).</summary>
public static class BuiltInPolicies
{
    private const string Prefix = "policies/";
    private const string Extension = ".yaml";

    /// <summary>Their names, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(BuiltInPolicies).Assembly.GetManifestResourceNames()
            .Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(static n => n[Prefix.Length..^Extension.Length]).Order(StringComparer.Ordinal)];

    /// <summary>The rule file of a policy; null where there is none of that name.</summary>
    public static string? Find(string name)
    {
        using var stream = typeof(BuiltInPolicies).Assembly.GetManifestResourceStream(Prefix + name + Extension);
        if (stream is null)
        {
            return null;
        }

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>What a policy demands, in a sentence: the first line of its file.</summary>
    public static string Describe(string name) => (Find(name) ?? throw new ArgumentException($"there is no policy '{name}'", nameof(name))).Split('\n')[0].TrimStart('#', ' ');
}
