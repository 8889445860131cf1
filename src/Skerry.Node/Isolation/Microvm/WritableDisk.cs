namespace Skerry.Node.Isolation.Microvm;

/// <summary>The disk that a container writes to.</summary>
/// <param name="Path">Its file on the node.</param>
/// <param name="Serial">What a guest knows it by.</param>
/// <param name="IsThrownAway">It goes with the pod: nothing on it needs to outlive the node.</param>
internal sealed record WritableDisk(string Path, string Serial, bool IsThrownAway);
