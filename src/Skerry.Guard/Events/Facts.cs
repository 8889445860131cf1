namespace Skerry.Guard.Events;

/// <summary>Something that is known and may change while it is pointed at. Every change counts, so that who wrote it down knows whether that still holds.</summary>
/// <remarks>Lists and dictionaries are replaced as a whole and never changed in place; texts keep the bytes they were set with.</remarks>
public abstract class Facts
{
    /// <summary>How often something was set.</summary>
    internal uint Version { get; private set; }

    private protected void Set<T>(ref T place, T value)
    {
        place = value;
        Version++;
    }
}
