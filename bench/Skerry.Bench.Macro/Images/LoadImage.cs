using System.Formats.Tar;
using System.Text;

namespace Skerry.Bench.Macro.Images;

/// <summary>The small image with bench/load in it, and the files that it opens.</summary>
internal static class LoadImage
{
    private const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Writes the layout.</summary>
    /// <param name="directory">Of the layout.</param>
    /// <param name="load">The program, as bench/run built it.</param>
    public static void WriteLayout(string directory, string load)
    {
        ImageLayout layout = new(directory);
        layout.AddLayer(SmallImage.AddFiles);
        layout.AddLayer(add =>
        {
            add(new PaxTarEntry(TarEntryType.Directory, "tmp/") { Mode = (UnixFileMode)0x3ff, ModificationTime = DateTimeOffset.UnixEpoch });
            using FileStream program = File.OpenRead(load);
            add(OfFile("bin/load", Everyone | Executable, program));
            add(OfFile("etc/group", Everyone, new MemoryStream(Encoding.ASCII.GetBytes("root:x:0:\n"))));
            add(OfFile("etc/shadow", UnixFileMode.UserRead, new MemoryStream(Encoding.ASCII.GetBytes("root:*:1::::::\n"))));
        });
        layout.Finish("bench", "/bin/sh");
    }

    private static PaxTarEntry OfFile(string name, UnixFileMode mode, Stream content) =>
        new(TarEntryType.RegularFile, name) { Mode = mode, ModificationTime = DateTimeOffset.UnixEpoch, DataStream = content };
}
