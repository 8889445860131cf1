using Skerry.Linux;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// A machine that was booted and stopped: two files without a name, which nobody can change (memfd_create(2), F_SEAL_WRITE) and which go with this
/// process. Machines that were started from them keep what they map.
/// </summary>
/// <param name="Shape">Size, slots and card: a copy has the same.</param>
/// <param name="State">The state of its devices.</param>
/// <param name="Memory">Its memory.</param>
internal sealed record Template(MachineShape Shape, FileDescriptor State, FileDescriptor Memory) : IDisposable
{
    public void Dispose()
    {
        State.Dispose();
        Memory.Dispose();
    }
}
