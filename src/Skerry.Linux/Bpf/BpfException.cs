namespace Skerry.Linux.Bpf;

/// <summary>Programs for the kernel could not be loaded: which step, what the kernel or libbpf said, what to do.</summary>
public sealed class BpfException(string message) : IOException(message);
