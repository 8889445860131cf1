namespace Skerry.Guest.Boot;

/// <summary>What the host says on the kernel's command line: how this machine's VMM differs from one with virtio ports that can be switched off.</summary>
internal static class BootWords
{
    private static readonly HashSet<string> s_words = new(File.ReadAllText("/proc/cmdline").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    /// <summary>The machine is to be a template.</summary>
    public static bool IsWarm => s_words.Contains("skerry.warm");

    /// <summary>The host is called by vsock; there is no virtio port.</summary>
    public static bool HasVsock => s_words.Contains("skerry.channel=vsock");

    /// <summary>The VMM cannot switch a machine off and ends when it is reset.</summary>
    public static bool EndsByReset => s_words.Contains("skerry.end=reset");
}
