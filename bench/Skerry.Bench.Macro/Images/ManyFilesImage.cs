using System.Formats.Tar;

namespace Skerry.Bench.Macro.Images;

/// <summary>The small image, and below it a layer of many files that nobody looks at but who verifies them.</summary>
internal static class ManyFilesImage
{
    /// <summary>How many files.</summary>
    public const int Files = 10_000;

    private const int Directories = 100;
    private const int Size = 16 * 1024;
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Open = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Bytes of all files.</summary>
    public static long Bytes => (long)Files * Size;

    /// <summary>The first of the files, from the layer's root.</summary>
    public static string First => NameOf(0);

    /// <summary>Writes the layout.</summary>
    /// <param name="directory">Of the layout.</param>
    public static void WriteLayout(string directory)
    {
        ImageLayout layout = new(directory);
        layout.AddLayer(static add =>
        {
            // The same bytes each time; no two files are alike.
            Random random = new(1);
            byte[] content = new byte[Size];
            add(new PaxTarEntry(TarEntryType.Directory, "srv/") { Mode = Open, ModificationTime = DateTimeOffset.UnixEpoch });
            for (int file = 0; file < Files; file++)
            {
                if (file % (Files / Directories) == 0)
                {
                    add(new PaxTarEntry(TarEntryType.Directory, $"{Path.GetDirectoryName(NameOf(file))}/") { Mode = Open, ModificationTime = DateTimeOffset.UnixEpoch });
                }

                random.NextBytes(content);
                add(new PaxTarEntry(TarEntryType.RegularFile, NameOf(file)) { Mode = Readable, ModificationTime = DateTimeOffset.UnixEpoch, DataStream = new MemoryStream(content) });
            }
        });
        layout.AddLayer(SmallImage.AddFiles);
        layout.Finish("bench", "/bin/sh");
    }

    private static string NameOf(int file) => $"srv/{file / (Files / Directories)}/{file}";
}
