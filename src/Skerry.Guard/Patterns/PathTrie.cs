using Skerry.Guard.Conditions;

namespace Skerry.Guard.Patterns;

/// <summary>Paths, one of which must be the beginning of a given path, whole components only. A component may be a shell pattern.</summary>
/// <remarks>Leading, trailing and double slashes do not count, so "/" is the beginning of every path.</remarks>
internal sealed class PathTrie
{
    private readonly Branch _root = new();

    public PathTrie(IEnumerable<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            var branch = _root;
            foreach (var part in prefix.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                branch = branch.Grow(part);
            }

            branch.IsEnd = true;
        }
    }

    public bool HasPrefixOf(ReadOnlySpan<byte> path) => Matches(_root, path);

    private static bool Matches(Branch branch, ReadOnlySpan<byte> path)
    {
        if (branch.IsEnd)
        {
            return true;
        }

        path = path.TrimStart((byte)'/');
        if (path.IsEmpty)
        {
            return false;
        }

        var end = path.IndexOf((byte)'/');
        var part = end < 0 ? path : path[..end];
        var rest = end < 0 ? default : path[end..];
        foreach (var (name, next) in branch.Names)
        {
            if (part.SequenceEqual(name))
            {
                if (Matches(next, rest))
                {
                    return true;
                }

                break;
            }
        }

        foreach (var (pattern, next) in branch.Patterns)
        {
            if (pattern.Matches(part) && Matches(next, rest))
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Branch
    {
        private readonly Dictionary<string, Branch> _grown = new(StringComparer.Ordinal);

        public bool IsEnd { get; set; }

        public List<(byte[] Name, Branch Next)> Names { get; } = [];

        public List<(GlobPattern Pattern, Branch Next)> Patterns { get; } = [];

        public Branch Grow(string part)
        {
            if (_grown.TryGetValue(part, out var branch))
            {
                return branch;
            }

            branch = _grown[part] = new Branch();
            if (part.AsSpan().IndexOfAny('*', '?', '[') >= 0)
            {
                Patterns.Add((new GlobPattern(part), branch));
            }
            else
            {
                Names.Add((EscapedBytes.Of(part), branch));
            }

            return branch;
        }
    }
}
