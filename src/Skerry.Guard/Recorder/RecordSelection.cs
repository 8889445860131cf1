using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>Which events of a recording are wanted. A block without any is passed over by its head.</summary>
/// <remarks>One thread at a time: the answer for the last container is kept.</remarks>
public sealed class RecordSelection
{
    private (ContainerFacts? Container, bool Fits) _last;

    /// <summary>Not earlier, nanoseconds since 1970.</summary>
    public long Since { get; init; } = long.MinValue;

    /// <summary>Not later.</summary>
    public long Until { get; init; } = long.MaxValue;

    /// <summary>Name of a container, or the beginning of its identifier; "host" for what is in none. Null for all.</summary>
    public string? Container { get; init; }

    /// <summary>Name of a pod, as NAMESPACE/NAME where it has a namespace, or without. Null for all.</summary>
    public string? Pod { get; init; }

    /// <summary>The container or pod that is wanted, in words.</summary>
    public string Wanted => string.Join(" of ", new[] { Container is null ? null : $"container '{Container}'", Pod is null ? null : $"pod '{Pod}'" }.OfType<string>());

    /// <summary>True where a block may have events that are wanted.</summary>
    public bool Fits(BlockHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.LastTime >= Since && head.FirstTime <= Until && ((Container is null && Pod is null) || head.Containers.Any(c => Fits(c.Id, c.Name, c.Pod, c.Namespace)) || head.Losses.Any(Fits));
    }

    /// <summary>True where a loss may have cost events that are wanted.</summary>
    public bool Fits(RecordLoss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return loss.To >= Since && loss.From <= Until && (loss.Container.Length == 0 || Fits(loss.Container, loss.Name, loss.Pod, loss.Namespace));
    }

    /// <summary>True where a container is meant, whenever its events are.</summary>
    public bool Names(ContainerTally container)
    {
        ArgumentNullException.ThrowIfNull(container);
        return Fits(container.Id, container.Name, container.Pod, container.Namespace);
    }

    /// <summary>True where an event is wanted.</summary>
    public bool Fits(KernelEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (e.Timestamp < Since || e.Timestamp > Until)
        {
            return false;
        }

        if (Container is null && Pod is null)
        {
            return true;
        }

        if (e.Container is not { } container)
        {
            return Fits(ContainerTally.Host, "", "", "");
        }

        if (_last.Container != container)
        {
            _last = (container, Fits(container.FullId.ToString(), container.Name.ToString(), container.Pod?.Name.ToString() ?? "", container.Pod?.Namespace.ToString() ?? ""));
        }

        return _last.Fits;
    }

    private bool Fits(string id, string name, string pod, string ns) =>
        (Container is not { } container || name == container || (container.Length > 0 && id.StartsWith(container, StringComparison.Ordinal)))
        && (Pod is not { } wanted || pod == wanted || (ns.Length > 0 && wanted == $"{ns}/{pod}"));
}
