using System.Diagnostics.CodeAnalysis;

namespace Skerry.Oci;

/// <summary>The name of an image: registry, repository and a tag, a digest, or both.</summary>
/// <remarks>
/// Grammar and normalisation of the distribution project's reference package: a name without a registry belongs to
/// <c>docker.io</c>, there a name without a slash to <c>library/</c>; neither tag nor digest means the tag <c>latest</c>.
/// When both are given the digest decides what is fetched. Always normalised, so equality is identity of the image's name.
/// </remarks>
public sealed record ImageReference
{
    /// <summary>The registry of names that name none.</summary>
    public const string DefaultRegistry = "docker.io";

    /// <summary>The tag of references that have neither tag nor digest.</summary>
    public const string DefaultTag = "latest";

    private const int MaxName = 255; // distribution/reference NameTotalLengthMax
    private const int MaxTag = 128;  // [\w][\w.-]{0,127}

    private ImageReference(string registry, string repository, string? tag, Digest? digest) =>
        (Registry, Repository, Tag, Digest) = (registry, repository, tag, digest);

    /// <summary>Host, with port where one was given: <c>docker.io</c>, <c>localhost:5000</c>, <c>[::1]:5000</c>.</summary>
    public string Registry { get; }

    /// <summary>Path on the registry: <c>library/busybox</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; null when there is only a digest.</summary>
    public string? Tag { get; }

    /// <summary>The digest the manifest must have; null when only a tag is known.</summary>
    public Digest? Digest { get; }

    /// <summary><c>registry/repository</c>.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>The shortest form that parses to this reference: <c>busybox</c> → <c>busybox:latest</c>.</summary>
    public string Familiar => FamiliarName + Suffix;

    /// <summary>The shortest form of the name alone: <c>busybox</c>, <c>user/app</c>, <c>quay.io/org/app</c>.</summary>
    public string FamiliarName
    {
        get
        {
            if (Registry != DefaultRegistry)
            {
                return Name;
            }

            const string Official = "library/";
            if (Repository.StartsWith(Official, StringComparison.Ordinal) && !Repository.AsSpan(Official.Length).Contains('/'))
            {
                return Repository[Official.Length..];
            }

            // a first component that looks like a host would be taken for one
            return CanBeHost(Repository.AsSpan(0, Repository.IndexOf('/', StringComparison.Ordinal))) ? Name : Repository;
        }
    }

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest is { } digest ? "@" + digest : "");

    /// <summary>Parses and normalises a reference.</summary>
    /// <exception cref="OciFormatException">With the character offset and the rule that is broken.</exception>
    public static ImageReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var reference, out var failure) ? reference : throw failure;
    }

    /// <summary>As <see cref="Parse"/>, with false instead of the exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        reference = null;
        return text is not null && TryParse(text, out reference, out _);
    }

    /// <summary>The same repository by another tag (and no digest).</summary>
    public ImageReference WithTag(string tag) => Parse($"{Name}:{tag}");

    /// <summary>The same repository, by digest only.</summary>
    public ImageReference WithDigest(Digest digest) => new(Registry, Repository, null, digest);

    /// <summary>Canonical: <c>registry/repository[:tag][@digest]</c>.</summary>
    public override string ToString() => Name + Suffix;

    private static bool TryParse(string text, [NotNullWhen(true)] out ImageReference? reference, [NotNullWhen(false)] out OciFormatException? failure)
    {
        reference = null;
        failure = null;
        if (text.Length == 0)
        {
            return Fail(0, "empty; expected [registry/]repository[:tag][@digest]", out failure);
        }

        // a digest ends the text, a tag comes after the last slash
        Digest? digest = null;
        var rest = text.AsSpan();
        var at = rest.IndexOf('@');
        if (at >= 0)
        {
            try
            {
                digest = Oci.Digest.Parse(text[(at + 1)..]);
            }
            catch (OciFormatException e)
            {
                return Fail(at + 1 + (e.Offset ?? 0), $"digest: {e.Reason}", out failure);
            }

            rest = rest[..at];
        }

        string? tag = null;
        var colon = rest.LastIndexOf(':');
        if (colon >= 0 && colon > rest.LastIndexOf('/') && (rest.Contains('/') || !rest.StartsWith("[")))
        {
            var candidate = rest[(colon + 1)..];
            var bad = BadTag(candidate);
            if (bad >= 0)
            {
                return Fail(colon + 1 + bad, "tag: up to 128 letters, digits, '_', '.' and '-', not starting with '.' or '-'", out failure);
            }

            tag = candidate.ToString();
            rest = rest[..colon];
        }

        // the part before the first slash is a registry when it can be a host and not a repository
        var registry = DefaultRegistry;
        var start = 0;
        var slash = rest.IndexOf('/');
        if (slash >= 0)
        {
            var first = rest[..slash];
            if (CanBeHost(first))
            {
                var bad = RegistryGrammar.BadHost(first);
                if (bad >= 0)
                {
                    return Fail(bad, "registry: expected a host name or [IPv6], then optionally :port", out failure);
                }

                registry = first is "index.docker.io" ? DefaultRegistry : first.ToString();
                start = slash + 1;
            }
        }

        var path = rest[start..];
        var badPath = RegistryGrammar.BadRepository(path);
        if (badPath >= 0)
        {
            var upper = badPath < path.Length && char.IsAsciiLetterUpper(path[badPath]);
            return Fail(start + badPath, upper
                ? "repository: upper-case letters are not allowed"
                : "repository: components of a-z and 0-9, joined by '.', '_', '__' or '-', separated by '/'", out failure);
        }

        if (slash < 0 && tag is null && digest is null && path.Length == 64 && path.IndexOfAnyExcept("0123456789abcdef") < 0)
        {
            return Fail(0, "64 hex digits are an image id, not a name", out failure);
        }

        var repository = registry == DefaultRegistry && !path.Contains('/') ? "library/" + path.ToString() : path.ToString();
        if (repository.Length > MaxName)
        {
            return Fail(start + MaxName, $"repository: longer than {MaxName} characters", out failure);
        }

        reference = new ImageReference(registry, repository, tag ?? (digest is null ? DefaultTag : null), digest);
        return true;
    }

    private static bool CanBeHost(ReadOnlySpan<char> first) =>
        first.IndexOfAny('.', ':') >= 0 || first is "localhost" || first.IndexOfAnyInRange('A', 'Z') >= 0 || first.StartsWith("[");

    private static bool Fail(long offset, string reason, out OciFormatException failure)
    {
        failure = new OciFormatException("image reference", offset, reason);
        return false;
    }

    private static int BadTag(ReadOnlySpan<char> tag)
    {
        if (tag.Length is 0)
        {
            return 0;
        }

        for (var i = 0; i < tag.Length; i++)
        {
            var ok = char.IsAsciiLetterOrDigit(tag[i]) || tag[i] == '_' || (i > 0 && tag[i] is ('.' or '-'));
            if (!ok || i >= MaxTag)
            {
                return i;
            }
        }

        return -1;
    }
}
