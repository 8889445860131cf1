using System.Collections.Concurrent;

namespace Skerry.Node.Pods;

/// <summary>All pods of the node, by name and id. Names are unique; a name is taken before anything is made.</summary>
internal sealed class PodIndex
{
    private const int ShortestPrefix = 4;
    private readonly ConcurrentDictionary<string, PodState> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PodState> _byId = new(StringComparer.Ordinal);

    /// <summary>All pods, in no order.</summary>
    internal ICollection<PodState> All => _byId.Values;

    /// <summary>Adds a pod. False: its name is taken.</summary>
    internal bool TryAdd(PodState pod)
    {
        if (!_byName.TryAdd(pod.Name, pod))
        {
            return false;
        }

        _byId[pod.Id] = pod;
        return true;
    }

    /// <summary>Forgets a pod.</summary>
    internal void Remove(PodState pod)
    {
        _byId.TryRemove(pod.Id, out _);
        _byName.TryRemove(new KeyValuePair<string, PodState>(pod.Name, pod));
    }

    /// <summary>The pod with an id, or null.</summary>
    internal PodState? ById(string id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// Finds a container by what a person typed: its name or id or a prefix of it, its pod's, or POD/CONTAINER.
    /// </summary>
    /// <exception cref="PodException">There is none, or more than one.</exception>
    internal (PodState Pod, PodContainer Container) FindContainer(string text)
    {
        CheckName(text);
        if (text.IndexOf('/', StringComparison.Ordinal) is var slash and > 0)
        {
            var owner = FindPod(text[..slash]);
            var name = text[(slash + 1)..];
            return (owner, owner.Containers.Find(c => c.View.Name == name)
                ?? throw PodException.NotFound($"pod {owner.Name} has no container '{name}'; it has {string.Join(", ", owner.Containers.Select(c => c.View.Name))}"));
        }

        if (_byName.TryGetValue(text, out var named))
        {
            return (named, Only(named, text));
        }

        var found = new List<(PodState, PodContainer)>();
        foreach (var pod in All)
        {
            foreach (var container in pod.Containers)
            {
                if (container.View.Name == text || IsPrefix(container.Id, text))
                {
                    found.Add((pod, container));
                }
            }
        }

        if (found.Count == 0)
        {
            foreach (var pod in All)
            {
                if (IsPrefix(pod.Id, text))
                {
                    found.Add((pod, Only(pod, text)));
                }
            }
        }

        return found.Count switch
        {
            1 => found[0],
            0 => throw PodException.NotFound($"no container or pod '{text}'", "skerry ps -a shows what there is"),
            _ => throw PodException.Invalid($"'{text}' could be {found.Count} containers: {string.Join(", ", found.Take(5).Select(f => f.Item1.Name + "/" + f.Item2.View.Name))}; give more of the id, or POD/CONTAINER"),
        };
    }

    /// <summary>Finds a pod by its name or id or a prefix of it, or by a container of it.</summary>
    internal PodState FindPod(string text)
    {
        CheckName(text);
        if (_byName.TryGetValue(text, out var named))
        {
            return named;
        }

        var found = All.Where(pod => IsPrefix(pod.Id, text) || pod.Containers.Exists(c => IsPrefix(c.Id, text))).Take(2).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw PodException.NotFound($"no pod '{text}'", "skerry ps -a shows what there is"),
            _ => throw PodException.Invalid($"'{text}' could be more than one pod; give more of the id"),
        };
    }

    private static void CheckName(string text)
    {
        if (text.Length == 0)
        {
            throw PodException.Invalid("the name of the pod or container is empty", "skerry ps -a shows what there is");
        }
    }

    private static bool IsPrefix(string id, string text) => text.Length >= ShortestPrefix && id.StartsWith(text, StringComparison.Ordinal);

    private static PodContainer Only(PodState pod, string text) =>
        pod.Containers.Count == 1
            ? pod.Containers[0]
            : throw PodException.Invalid($"pod '{text}' has {pod.Containers.Count} containers: name one as {pod.Name}/CONTAINER");
}
