namespace Skerry.Node.Isolation.Spec;

/// <summary>Paths of this machine, with their links followed as the kernel would follow them.</summary>
internal static class HostPath
{
    private const int MaxLinks = 40; // MAXSYMLINKS, include/linux/namei.h

    /// <summary>realpath(3): absolute, without links; null when some part does not exist or links go round.</summary>
    public static string? Resolve(string path)
    {
        var pending = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        List<string> resolved = [];
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                if (resolved.Count > 0)
                    resolved.RemoveAt(resolved.Count - 1);
                continue;
            }

            var here = "/" + string.Join('/', resolved.Append(part));
            var target = new FileInfo(here).LinkTarget;
            if (target is null)
            {
                if (!Path.Exists(here))
                    return null;
                resolved.Add(part);
                continue;
            }

            if (++links > MaxLinks)
                return null;
            if (target.StartsWith('/'))
                resolved.Clear();
            foreach (var next in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                pending.Push(next);
        }

        return "/" + string.Join('/', resolved);
    }
}
