using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Guest.Boot;

/// <summary>The kernel's log, which is the machine's console: the only place where the first process can say something without its wire.</summary>
internal static class KernelLog
{
    /// <summary>Shown on the console also of a kernel that was told to be quiet (syslog level 0, KERN_EMERG).</summary>
    public static void Fatal(string text) => Write($"<0>skerry-guest: {text}\n");

    /// <summary>Shown on the console (level 3, KERN_ERR); the machine goes on.</summary>
    public static void Error(string text) => Write($"<3>skerry-guest: {text}\n");

    private static void Write(string text)
    {
        try
        {
            using var log = FileCalls.Open(null, "/dev/kmsg", OpenFlags.Write);
            // LOG_LINE_MAX of kernel/printk/printk.c is 1024 less a prefix.
            var bytes = Encoding.UTF8.GetBytes(text.Length > 900 ? text[..900] : text);
            _ = ByteFlow.TryWrite(log, bytes);
        }
        catch (LinuxException)
        {
            // Before /dev is there nobody can be told.
        }
    }
}
