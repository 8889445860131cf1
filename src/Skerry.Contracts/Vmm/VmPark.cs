namespace Skerry.Contracts.Vmm;

/// <summary>
/// A copy of a template that is made ahead of its pod. Its holder has a container run once, so that the code which that needs is translated, stops
/// the machine, says so on the connection on which it got the template (<see cref="Parked"/>), and waits there for a <see cref="VmTake"/>. When
/// that connection ends before, the machine ends.
/// </summary>
/// <param name="Rehearsal">skerry.guest.v1.StreamStart of the container that is run and thrown away.</param>
public sealed record VmPark(byte[] Rehearsal)
{
    /// <summary>What the holder says when the machine waits.</summary>
    public const byte Parked = 1;

    /// <summary>What it says when the machine has what it was given and goes on.</summary>
    public const byte Taken = 2;
}
