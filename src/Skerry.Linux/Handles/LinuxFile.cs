using Skerry.Linux.Interop;

namespace Skerry.Linux;

/// <summary>Opens what the base library cannot: namespaces, directories, paths without access.</summary>
public static class LinuxFile
{
    /// <summary>O_PATH: a place in the file system, not an open file (open(2)).</summary>
    public const int PathOnly = 0x200000;

    /// <summary>O_DIRECTORY differs between x86-64 (0x10000) and arm64 (0x4000).</summary>
    public static int DirectoryOnly { get; } =
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? 0x4000 : 0x10000;

    private const int O_CLOEXEC = 0x80000;

    /// <summary>Opens a path; close-on-exec is added to <paramref name="flags"/>.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    public static FileDescriptor OpenPath(string path, int flags)
    {
        var fd = SchedMount.Open(path, flags | O_CLOEXEC, 0);
        return fd >= 0 ? new FileDescriptor(fd) : throw LinuxException.Last("open", path);
    }
}
