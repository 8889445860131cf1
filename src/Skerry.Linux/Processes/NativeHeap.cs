using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>The C library's heap, which SQLite and OpenSSL use.</summary>
public static class NativeHeap
{
    /// <summary>Gives free pages back to the kernel (malloc_trim(3), glibc).</summary>
    public static void Trim() => _ = NativeHeapCalls.MallocTrim(0);
}
