namespace Skerry.Linux.Bpf;

/// <summary>Takes one record out of the ring; its bytes are good until this returns. It must not throw.</summary>
public delegate void RecordSink(ReadOnlySpan<byte> record);
