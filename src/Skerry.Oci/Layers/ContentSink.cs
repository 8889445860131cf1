namespace Skerry.Oci.Layers;

/// <summary>Takes <paramref name="data"/> of a file at <paramref name="offset"/> bytes from its start. Offsets ascend; what is left out is a hole. The data is valid during the call only.</summary>
public delegate void ContentSink(long offset, ReadOnlySpan<byte> data);
