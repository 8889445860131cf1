using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Pods;

/// <summary>
/// Which events are asked for. Names are matched with what the event says and not with what exists now: events of a container that was
/// removed, or is still to come, are found too.
/// </summary>
internal sealed record EventFilter(string Container, DateTimeOffset? Since, DateTimeOffset? Until)
{
    private const int ShortestPrefix = 4;

    internal bool Matches(Event happened)
    {
        var time = happened.Time?.ToDateTimeOffset();
        return !(time < Since) && !(time > Until) && (Container.Length == 0 || Names(happened));
    }

    private bool Names(Event e) =>
        e.PodName == Container
        || e.ContainerName == Container
        || (e.PodName.Length + e.ContainerName.Length + 1 == Container.Length && Container == e.PodName + "/" + e.ContainerName)
        || (Container.Length >= ShortestPrefix && (e.ContainerId.StartsWith(Container, StringComparison.Ordinal) || e.PodId.StartsWith(Container, StringComparison.Ordinal)));
}
