using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Texts that fields give again and again.</summary>
internal static class KnownTexts
{
    public static Text Syscall { get; } = "syscall";

    public static Text Host { get; } = "host";

    public static Text Unknown { get; } = "<NA>";

    public static Text None { get; } = "none";

    public static Text Exit { get; } = "<";

    public static Text Read { get; } = "r";

    public static Text Write { get; } = "w";

    public static Text Internet { get; } = "ip";

    public static Text Unix { get; } = "unix";

    public static Text True { get; } = "true";

    public static Text False { get; } = "false";

    public static Text Slash { get; } = "/";
}
