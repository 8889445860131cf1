using System.Text;

namespace Skerry.Node.Network;

/// <summary>
/// Small files that are bound into containers (resolv.conf, hosts, hostname). Written in place when they exist, since a bind mount is of
/// the file and not of its name; readable by every user of the pod.
/// </summary>
internal static class PodFile
{
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes the whole content.</summary>
    internal static void Write(string path, string content)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = Mode });
        file.Write(Encoding.UTF8.GetBytes(content));
        file.SetLength(file.Position);
        File.SetUnixFileMode(file.SafeFileHandle, Mode);
    }
}
