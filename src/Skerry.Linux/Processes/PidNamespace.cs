using System.Globalization;

namespace Skerry.Linux.Processes;

/// <summary>Process id namespaces (pid_namespaces(7)).</summary>
public static class PidNamespace
{
    /// <summary>Inode of this process's own.</summary>
    /// <exception cref="IOException">/proc is not there.</exception>
    public static uint Own => Read("self") ?? throw new IOException("/proc/self/ns/pid cannot be read: /proc is not mounted");

    /// <summary>Inode of the namespace that a process is in; null when it is gone.</summary>
    public static uint? Of(int pid) => Read(pid.ToString(CultureInfo.InvariantCulture));

    private static uint? Read(string process)
    {
        try
        {
            // pid:[4026531836]
            return new FileInfo($"/proc/{process}/ns/pid").LinkTarget?.Split('[', ']') is [_, var number, ..]
                && uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var inode) ? inode : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
