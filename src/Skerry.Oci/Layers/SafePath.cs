namespace Skerry.Oci.Layers;

/// <summary>A path of a layer, cleaned: what it names below the root, or why it is refused.</summary>
/// <remarks>
/// Cleaning drops empty and <c>.</c> components and the leading slash; <c>..</c> is refused wherever it stands, as is a
/// name too long or with a NUL. A safe path is safe as text only: a component may still be a symbolic link on disk, so
/// who opens it must resolve it beneath the root (openat2 with RESOLVE_IN_ROOT or RESOLVE_BENEATH and no links followed).
/// </remarks>
public readonly record struct SafePath
{
    private readonly string? _joined;

    private SafePath(string? joined, string? refusal, bool absolute) => (_joined, Refusal, WasAbsolute) = (joined, refusal, absolute);

    /// <summary>Why the path is refused; null when it is safe.</summary>
    public string? Refusal { get; }

    /// <summary>Whether the path may be used.</summary>
    public bool IsSafe => Refusal is null && _joined is not null;

    /// <summary>Whether the raw path began with a slash (taken as the layer's root).</summary>
    public bool WasAbsolute { get; }

    /// <summary>Whether it names the root itself.</summary>
    public bool IsRoot => IsSafe && _joined!.Length == 0;

    /// <summary>The cleaned path without leading slash: <c>usr/bin/true</c>; empty for the root.</summary>
    /// <exception cref="InvalidOperationException">The path is refused.</exception>
    public string Value => IsSafe ? _joined! : throw new InvalidOperationException("the path is refused: " + Refusal);

    /// <summary>The components, none for the root.</summary>
    /// <exception cref="InvalidOperationException">The path is refused.</exception>
    public IReadOnlyList<string> Components => Value.Length == 0 ? [] : Value.Split('/');

    /// <summary>The directory that holds it; the root's is the root.</summary>
    public SafePath Parent => Value.LastIndexOf('/') is var slash and >= 0 ? new SafePath(_joined![..slash], null, WasAbsolute) : new SafePath("", null, WasAbsolute);

    /// <summary>The last component; empty for the root.</summary>
    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>A path that is refused for a reason of its own.</summary>
    internal static SafePath Refused(string reason) => new(null, reason, false);

    /// <summary>Another name in the same directory; the name is one good component.</summary>
    internal SafePath Sibling(string name) => new(Parent.Value is { Length: > 0 } parent ? $"{parent}/{name}" : name, null, WasAbsolute);

    /// <summary>Cleans <paramref name="raw"/> (text as <see cref="PathBytes.Decode"/> makes it).</summary>
    public static SafePath Of(string raw, LayerLimits limits)
    {
        ArgumentNullException.ThrowIfNull(raw);
        ArgumentNullException.ThrowIfNull(limits);
        var text = raw.AsSpan();
        if (text.IsEmpty)
        {
            return new SafePath(null, "the path is empty", false);
        }

        var absolute = text[0] == '/';
        if (text.Contains('\0'))
        {
            return new SafePath(null, "the path holds a NUL", absolute);
        }

        if (raw.Length > limits.MaxPathBytes / 4 && PathBytes.ByteLength(text) > limits.MaxPathBytes)
        {
            return new SafePath(null, $"the path is longer than {limits.MaxPathBytes} bytes", absolute);
        }

        // one pass: is it clean already?
        var clean = true;
        var any = false;
        for (var start = 0; start <= text.Length;)
        {
            var length = text[start..].IndexOf('/');
            length = length < 0 ? text.Length - start : length;
            var part = text.Slice(start, length);
            if (part is "..")
            {
                return new SafePath(null, "the path has a '..' component", absolute);
            }

            if (part.Length > limits.MaxNameBytes / 4 && PathBytes.ByteLength(part) > limits.MaxNameBytes)
            {
                return new SafePath(null, $"a component of the path is longer than {limits.MaxNameBytes} bytes", absolute);
            }

            clean &= !(part.IsEmpty || part is ".");
            any |= !(part.IsEmpty || part is ".");
            start += length + 1;
        }

        if (!any)
        {
            return new SafePath("", null, absolute);
        }

        return new SafePath(clean ? raw : Clean(raw), null, absolute);
    }

    /// <inheritdoc/>
    public override string ToString() => IsSafe ? "/" + _joined : "refused: " + Refusal;

    // most paths need only their slash at the end cut off, so look at that first
    private static string Clean(string raw)
    {
        var text = raw.AsSpan().TrimEnd('/').TrimStart('/');
        while (text.StartsWith("./"))
        {
            text = text[2..].TrimStart('/');
        }

        if (!text.Contains("//", StringComparison.Ordinal) && !text.Contains("/.", StringComparison.Ordinal) && !text.StartsWith("./"))
        {
            return text.ToString();
        }

        return string.Join('/', raw.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != "."));
    }
}
