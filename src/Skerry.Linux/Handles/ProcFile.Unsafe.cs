using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux;

/// <summary>Small kernel files (proc, sysfs, cgroup): one write(2) each, with the kernel's answer in the error.</summary>
public static class ProcFile
{
    private const int O_WRONLY = 1;

    /// <summary>Writes a value in one call.</summary>
    /// <exception cref="LinuxException">The file cannot be opened or the kernel refused the value.</exception>
    public static unsafe void Write(string path, string value)
    {
        using var file = LinuxFile.OpenPath(path, O_WRONLY);
        var bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* first = bytes)
        {
            LinuxException.ThrowIfFailed((long)Unistd.Write(file.Number, first, (nuint)bytes.Length), "write", $"'{value.TrimEnd()}' to {path}");
        }
    }

    /// <summary>Writes a value in one call; gives the error instead of throwing.</summary>
    public static Errno TryWrite(string path, string value)
    {
        try
        {
            Write(path, value);
            return Errno.None;
        }
        catch (LinuxException error)
        {
            return error.Error;
        }
    }
}
