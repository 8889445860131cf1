namespace Skerry.Node.Isolation.Microvm;

/// <summary>A read-only disk with layers of an image.</summary>
/// <param name="Path">Its file on the node.</param>
/// <param name="Serial">What a guest knows it by.</param>
internal sealed record LayerDisk(string Path, string Serial);
