using System.Globalization;
using Skerry.Linux;

namespace Skerry.Node.Isolation.Process;

/// <summary>
/// The OCI runtime's program as a sealed file in memory: what was chosen is what runs, until the daemon ends, and no container can
/// overwrite it (CVE-2019-5736). crun and runc clone themselves into such a file at every call unless they already run from one, which
/// costs more than the call itself.
/// </summary>
internal sealed class RuntimeBinary : IDisposable
{
    private readonly FileDescriptor _file;

    private RuntimeBinary(FileDescriptor file) => _file = file;

    /// <summary>Where children of this process, and theirs, find it.</summary>
    internal string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_file.Number}");

    /// <summary>Copies a program into a sealed file.</summary>
    internal static RuntimeBinary Seal(string path) => new(MemoryFile.Create(System.IO.Path.GetFileName(path), File.ReadAllBytes(path)));

    public void Dispose() => _file.Dispose();
}
