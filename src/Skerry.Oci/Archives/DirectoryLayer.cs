using Skerry.Oci.Layers;

namespace Skerry.Oci.Archives;

/// <summary>Writes a directory's tree as a layer, sorted by name and owned by root, so that the same tree gives the same bytes.</summary>
internal static class DirectoryLayer
{
    public static void Write(LayerWriter writer, string directory, string prefix)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var below = prefix.Trim('/');
        for (var slash = 0; below.Length > 0 && slash >= 0;)
        {
            slash = below.IndexOf('/', slash + 1);
            writer.Write(new NewEntry(slash < 0 ? below : below[..slash], LayerEntryType.Directory));
        }

        WriteContent(writer, new DirectoryInfo(directory), below);
    }

    private static void WriteContent(LayerWriter writer, DirectoryInfo directory, string below)
    {
        foreach (var item in directory.EnumerateFileSystemInfos().OrderBy(i => i.Name, StringComparer.Ordinal))
        {
            var path = below.Length == 0 ? item.Name : $"{below}/{item.Name}";
            if (item.LinkTarget is { } target)
            {
                writer.Write(new NewEntry(path, LayerEntryType.Symlink) { LinkTarget = target });
            }
            else if (item is DirectoryInfo child)
            {
                writer.Write(new NewEntry(path, LayerEntryType.Directory) { Mode = (int)child.UnixFileMode });
                WriteContent(writer, child, path);
            }
            else
            {
                if (((int)item.Attributes & (int)FileAttributes.Device) != 0)
                {
                    throw new IOException($"{item.FullName} is neither file, directory nor symbolic link");
                }

                using var content = new FileStream(item.FullName, FileMode.Open, FileAccess.Read, FileShare.Read);
                writer.Write(new NewEntry(path, LayerEntryType.File) { Mode = (int)item.UnixFileMode }, content, content.Length);
            }
        }
    }
}
