namespace Skerry.Oci.Trust.Policies;

/// <summary>The names that a trust policy is for: one repository, all below a path, or all.</summary>
/// <remarks>The narrowest pattern decides: a whole name before a path, a longer path before a shorter one, <c>*</c> last.</remarks>
public sealed record ImagePattern
{
    private const string Everything = "*";
    private const string Below = "/*";

    private readonly string _prefix;

    private ImagePattern(string text)
    {
        Text = text;
        IsWholeName = !text.EndsWith('*');
        _prefix = IsWholeName ? text : text[..^1];
    }

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Whether it names one repository.</summary>
    public bool IsWholeName { get; }

    /// <summary>Grows with narrowness; two patterns that match one name and are equally narrow are the same pattern.</summary>
    public int Narrowness => IsWholeName ? int.MaxValue : _prefix.Length;

    /// <summary>Reads REGISTRY/NAME, REGISTRY/NAME/*, REGISTRY/* or <c>*</c>. The registry is written out: a short name would be taken for another than docker's.</summary>
    /// <exception cref="OciFormatException">It is none of them.</exception>
    public static ImagePattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == Everything)
        {
            return new ImagePattern(text);
        }

        var name = text.EndsWith(Below, StringComparison.Ordinal) ? text[..^Below.Length] : text;
        var registry = name.Split('/')[0];
        var isHost = registry == "localhost" || registry.AsSpan().IndexOfAny('.', ':') > 0;
        var probe = name == registry ? name + "/x" : name;
        return isHost && (name != registry || name != text) && ImageReference.TryParse(probe, out var reference) && reference.Name == probe && reference.Digest is null
            ? new ImagePattern(text)
            : throw new OciFormatException("image pattern", null, $"'{text}' is none of REGISTRY/NAME, REGISTRY/NAME/*, REGISTRY/* and *, with the registry's whole name and without a tag (docker.io/library/busybox)");
    }

    /// <summary>Whether a name is meant.</summary>
    /// <param name="name">REGISTRY/NAME; null for an image that has none, which <c>*</c> alone means.</param>
    public bool Matches(string? name) => Text == Everything || (name is not null && (IsWholeName ? name == Text : name.StartsWith(_prefix, StringComparison.Ordinal)));

    /// <inheritdoc/>
    public override string ToString() => Text;
}
