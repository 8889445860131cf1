using Skerry.Linux.Files;

namespace Skerry.Linux.Watches;

/// <summary>A process is about to execute a file, and waits for the answer.</summary>
/// <param name="FileSystem">Major and minor of the file system that the file is on, as programs see it.</param>
/// <param name="MountId">The mount that it was reached by.</param>
/// <param name="Stamp">What the file looks like.</param>
/// <param name="Pid">The process.</param>
/// <param name="File">The file, for as long as the answer is thought about.</param>
public readonly record struct ExecAttempt((uint Major, uint Minor) FileSystem, ulong MountId, FileStamp Stamp, int Pid, FileDescriptor File)
{
    /// <summary>Where the file lies in the mounts of whoever reached it; empty where the kernel does not say.</summary>
    public string Path() => new FileInfo(File.ProcPath).LinkTarget ?? string.Empty;
}
