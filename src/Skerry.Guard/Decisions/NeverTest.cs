using Skerry.Guard.Events;

namespace Skerry.Guard.Decisions;

/// <summary>A comparison with an empty list: never true.</summary>
internal sealed class NeverTest(string key) : Test(key, 0, isOfType: true)
{
    public override bool Holds(KernelEvent e) => false;
}
