using System.Runtime.InteropServices;

namespace Skerry.Linux.WebAssembly;

/// <summary>Strings as a C function takes a list of them: an array of pointers to UTF-8 with a zero at the end.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    internal NativeStrings(IEnumerable<string> strings)
    {
        nint[] all = [.. strings.Select(Marshal.StringToCoTaskMemUTF8)];
        Count = all.Length;

        // Never null: the library makes a slice of it, which must point somewhere also when it is empty.
        First = (byte**)NativeMemory.Alloc((nuint)(Math.Max(1, all.Length) * sizeof(nint)));
        for (var i = 0; i < all.Length; i++)
        {
            First[i] = (byte*)all[i];
        }
    }

    internal int Count { get; }

    internal byte** First { get; private set; }

    public void Dispose()
    {
        for (var i = 0; i < Count && First is not null; i++)
        {
            Marshal.FreeCoTaskMem((nint)First[i]);
        }

        NativeMemory.Free(First);
        First = null;
    }
}
