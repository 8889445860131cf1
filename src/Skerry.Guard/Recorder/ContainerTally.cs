namespace Skerry.Guard.Recorder;

/// <summary>A container of a block, as the block's head names it: who reads of one container passes over blocks without it.</summary>
/// <param name="Id">Its whole identifier; "host" for what is in no container.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pod">Name of its pod.</param>
/// <param name="Namespace">Namespace of the pod.</param>
/// <param name="Events">Events of it in the block.</param>
public sealed record ContainerTally(string Id, string Name, string Pod, string Namespace, int Events)
{
    /// <summary>What stands for the node itself.</summary>
    public const string Host = "host";

    private const int MostListed = 32;

    /// <summary>The containers that there are, as a sentence for who asked for another.</summary>
    public static string Listed(IReadOnlyList<ContainerTally> containers)
    {
        ArgumentNullException.ThrowIfNull(containers);
        string[] names = [.. containers.Select(static c => c.Id == Host ? Host : c.Pod.Length > 0 ? $"{c.Name} in pod {c.Pod}" : c.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return names.Length == 0 ? "there is nothing recorded of any container" : $"there are events of {string.Join(", ", names.Take(MostListed))}{(names.Length > MostListed ? $" and {names.Length - MostListed} more" : string.Empty)}";
    }
}
