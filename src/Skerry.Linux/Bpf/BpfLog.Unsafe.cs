using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Bpf;

/// <summary>What libbpf says while this thread loads something. libbpf has one printer for the whole process; each thread keeps its own lines.</summary>
internal static unsafe class BpfLog
{
    private const int MostLines = 64;
    private const int LongestLine = 2048;

    [ThreadStatic]
    private static List<string>? _lines;

    /// <summary>Begins to keep what is said.</summary>
    internal static void Begin()
    {
        _lines = [];
        LibBpf.SetPrint(&Print);
    }

    /// <summary>The lines so far that say something of use, newest last.</summary>
    internal static string Take()
    {
        var lines = _lines ?? [];
        _lines = null;
        return string.Join("; ", lines.Where(static l => l.Length > 0).TakeLast(4));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Print(int level, byte* format, nint arguments)
    {
        if (level > LibBpf.LIBBPF_WARN || _lines is not { Count: < MostLines } lines)
        {
            return 0;
        }

        var buffer = stackalloc byte[LongestLine];
        _ = LibBpf.Format(buffer, LongestLine, format, arguments);
        var text = Marshal.PtrToStringUTF8((nint)buffer) ?? string.Empty;

        // The verifier's log is long; its last lines say what it did not like.
        lines.AddRange(text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(3).Select(static l => l.Replace("libbpf: ", string.Empty, StringComparison.Ordinal)));
        return 0;
    }
}
