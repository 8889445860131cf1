using System.Globalization;

namespace Skerry.Node.Pods;

/// <summary>Signals by name or number (signal(7); the numbers of x86-64 and arm64).</summary>
internal static class SignalNames
{
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["HUP"] = 1, ["INT"] = 2, ["QUIT"] = 3, ["ILL"] = 4, ["TRAP"] = 5, ["ABRT"] = 6, ["IOT"] = 6, ["BUS"] = 7, ["FPE"] = 8, ["KILL"] = 9,
        ["USR1"] = 10, ["SEGV"] = 11, ["USR2"] = 12, ["PIPE"] = 13, ["ALRM"] = 14, ["TERM"] = 15, ["STKFLT"] = 16, ["CHLD"] = 17, ["CONT"] = 18,
        ["STOP"] = 19, ["TSTP"] = 20, ["TTIN"] = 21, ["TTOU"] = 22, ["URG"] = 23, ["XCPU"] = 24, ["XFSZ"] = 25, ["VTALRM"] = 26, ["PROF"] = 27,
        ["WINCH"] = 28, ["IO"] = 29, ["POLL"] = 29, ["PWR"] = 30, ["SYS"] = 31,
    };

    private const int First = 34; // SIGRTMIN of glibc
    private const int Last = 64;

    /// <summary>Parses SIGTERM, TERM, 15, RTMIN+3 or SIGRTMAX-1.</summary>
    /// <exception cref="PodException">There is no such signal.</exception>
    internal static int Parse(string text) =>
        Find(text) ?? throw PodException.Invalid($"'{text}' is no signal; use a name such as SIGTERM or a number from 1 to {Last}");

    /// <summary>The signal, or null where there is no such one.</summary>
    internal static int? Find(string text)
    {
        var name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Last)
        {
            return number;
        }

        if (Numbers.TryGetValue(name, out number))
        {
            return number;
        }

        if (name.StartsWith("RTMIN", StringComparison.OrdinalIgnoreCase) && Offset(name.AsSpan(5), '+') is { } up)
        {
            return First + up;
        }

        return name.StartsWith("RTMAX", StringComparison.OrdinalIgnoreCase) && Offset(name.AsSpan(5), '-') is { } down ? Last - down : null;
    }

    /// <summary>How far a real-time signal is from the first or the last; null where that is none.</summary>
    private static int? Offset(ReadOnlySpan<char> text, char sign) =>
        text.IsEmpty ? 0
        : text[0] == sign && int.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var offset) && offset <= Last - First ? offset
        : null;
}
