using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>malloc.h.</summary>
internal static partial class NativeHeapCalls
{
    [LibraryImport(Unistd.Libc, EntryPoint = "malloc_trim")]
    internal static partial int MallocTrim(nuint keep);
}
