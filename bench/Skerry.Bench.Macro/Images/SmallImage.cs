using System.Formats.Tar;

namespace Skerry.Bench.Macro.Images;

/// <summary>Debian's static busybox and nothing else: what is measured with it is the runtime, not the image.</summary>
internal static class SmallImage
{
    private const string Busybox = "/bin/busybox";
    private static readonly string[] Applets = ["sh", "true", "sleep", "echo", "cat", "ls"];

    public static void WriteLayout(string directory)
    {
        ImageLayout layout = new(directory);
        layout.AddLayer(AddFiles);
        layout.Finish("bench", "/bin/sh");
    }

    /// <summary>Its files, for an image that has more.</summary>
    public static void AddFiles(Action<TarEntry> add)
    {
        foreach (string name in new[] { "bin/", "dev/", "etc/", "proc/", "run/", "sys/", "tmp/" })
        {
            add(Entry(TarEntryType.Directory, name, UnixFileMode.UserRead | UnixFileMode.UserWrite | Everyone));
        }

        PaxTarEntry busybox = Entry(TarEntryType.RegularFile, "bin/busybox", UnixFileMode.UserRead | Everyone);
        using FileStream content = File.OpenRead(Busybox);
        busybox.DataStream = content;
        add(busybox);
        foreach (string applet in Applets)
        {
            PaxTarEntry link = Entry(TarEntryType.SymbolicLink, $"bin/{applet}", Everyone);
            link.LinkName = "busybox";
            add(link);
        }
    }

    /// <summary>The same files as a directory, for the OCI runtime alone.</summary>
    public static void WriteRootfs(string directory)
    {
        foreach (string name in new[] { "bin", "dev", "etc", "proc", "run", "sys", "tmp" })
        {
            _ = Directory.CreateDirectory(Path.Combine(directory, name));
        }

        // the root of a user namespace must be able to open it
        File.SetUnixFileMode(directory, UnixFileMode.UserWrite | Everyone);
        File.Copy(Busybox, Path.Combine(directory, "bin/busybox"));
        foreach (string applet in Applets)
        {
            _ = File.CreateSymbolicLink(Path.Combine(directory, "bin", applet), "busybox");
        }
    }

    private static UnixFileMode Everyone =>
        UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static PaxTarEntry Entry(TarEntryType type, string name, UnixFileMode mode) =>
        new(type, name) { Mode = mode, ModificationTime = DateTimeOffset.UnixEpoch };
}
