using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>What the flags of open(2) say; fcntl.h of x86-64.</summary>
internal static class OpenFlags
{
    private const long AccessMode = 3; // O_ACCMODE
    private const long WriteOnly = 1; // O_WRONLY
    private const long Create = 0x40; // O_CREAT
    private const long Temporary = 0x410000; // O_TMPFILE
    private const long ExecuteBits = 0x49; // S_IXUSR | S_IXGRP | S_IXOTH

    private static readonly int FlagsArgument = EventTypes.ArgumentId("flags");
    private static readonly int ModeArgument = EventTypes.ArgumentId("mode");
    private static readonly bool[] Opens = [.. EventTypes.All.Select(static t => t.Name is "open" or "openat" or "openat2" or "open_by_handle_at")];
    private static readonly EventType CreateType = EventTypes.Get("creat");

    public static bool MayRead(KernelEvent e) => Flags(e) is { } flags && (flags & AccessMode) != WriteOnly;

    public static bool MayWrite(KernelEvent e) => Flags(e) is { } flags && (flags & AccessMode) != 0;

    public static bool MakesExecutable(KernelEvent e) =>
        (e.Type == CreateType || (Flags(e) is { } flags && Makes(flags)))
        && e.Arguments.Number(e.Type.PositionOf(ModeArgument)) is { } mode && (mode & ExecuteBits) != 0;

    public static bool Creates(KernelEvent e) => e.Result >= 0 && Flags(e) is { } flags && Makes(flags);

    private static bool Makes(long flags) => (flags & Create) != 0 || (flags & Temporary) == Temporary;

    private static long? Flags(KernelEvent e) => Opens[e.Type.Code] ? e.Arguments.Number(e.Type.PositionOf(FlagsArgument)) : null;
}
