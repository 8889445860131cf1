using Skerry.Guard.Events;

namespace Skerry.Guard.Decisions;

/// <summary>A question that an event answers with yes or no, and always the same way.</summary>
internal abstract class Test(string key, int cost, bool isOfType)
{
    /// <summary>The same for two tests that ask the same.</summary>
    public string Key { get; } = key;

    /// <summary>What asking costs, in no particular unit: cheap tests are asked first.</summary>
    public int Cost { get; } = cost;

    /// <summary>True where the kind of event alone decides, so that it is asked when rules are loaded.</summary>
    public bool IsOfType { get; } = isOfType;

    /// <summary>Asks. A field that is absent makes every comparison false.</summary>
    public abstract bool Holds(KernelEvent e);
}
