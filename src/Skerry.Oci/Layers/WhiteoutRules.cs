namespace Skerry.Oci.Layers;

/// <summary>Reads whiteouts out of names (OCI image-spec v1.1 layer.md#whiteouts).</summary>
internal static class WhiteoutRules
{
    private const string Prefix = ".wh.";
    private const string MetaPrefix = ".wh..wh.";
    private const string OpaqueName = ".wh..wh..opq";

    /// <summary>What <paramref name="path"/> says about lower layers; may turn the path into a refused one.</summary>
    public static WhiteoutKind Classify(ref SafePath path, out SafePath target)
    {
        target = default;
        if (!path.IsSafe)
        {
            return WhiteoutKind.None;
        }

        var value = path.Value;
        if (!value.Contains(Prefix, StringComparison.Ordinal))
        {
            return WhiteoutKind.None;
        }

        // directories first: AUFS keeps bookkeeping in some, no others may be named like whiteouts
        var slash = value.LastIndexOf('/');
        var name = value.AsSpan(slash + 1);
        var directories = value.AsSpan(0, Math.Max(slash, 0));
        if (HasPrefixed(directories, MetaPrefix))
        {
            return WhiteoutKind.Ignored;
        }

        if (HasPrefixed(directories, Prefix))
        {
            path = SafePath.Refused("a directory of the path is named as a whiteout (.wh.)");
            return WhiteoutKind.None;
        }

        if (name is OpaqueName)
        {
            target = path.Parent;
            return WhiteoutKind.Opaque;
        }

        if (name.StartsWith(MetaPrefix))
        {
            return WhiteoutKind.Ignored;
        }

        if (!name.StartsWith(Prefix))
        {
            return WhiteoutKind.None;
        }

        var removed = name[Prefix.Length..];
        if (removed is "" or "." or "..")
        {
            path = SafePath.Refused("a whiteout that names no entry of its directory");
            return WhiteoutKind.None;
        }

        target = path.Sibling(removed.ToString());
        return WhiteoutKind.Remove;
    }

    private static bool HasPrefixed(ReadOnlySpan<char> directories, string prefix)
    {
        foreach (var range in directories.Split('/'))
        {
            if (directories[range].StartsWith(prefix))
            {
                return true;
            }
        }

        return false;
    }
}
