using System.Formats.Tar;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Images;

/// <summary>
/// An image of 8 layers, about 200 MB unpacked, made of Debian packages as they are: libraries, many small text files, headers,
/// hard and symbolic links. bench/packages.txt names the packages of each layer; bench/run has fetched them.
/// </summary>
internal static class LayeredImage
{
    /// <param name="directory">Where the layout is written.</param>
    /// <param name="packages">A directory of .deb files.</param>
    /// <param name="plan">Lines <c>layer: package package …</c>.</param>
    public static ImageLayout WriteLayout(string directory, string packages, IEnumerable<string> plan)
    {
        ImageLayout layout = new(directory);
        foreach (string line in plan.Where(l => l.StartsWith("layer:", StringComparison.Ordinal)))
        {
            string[] names = line["layer:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            layout.AddLayer(add =>
            {
                HashSet<string> seen = new(StringComparer.Ordinal);
                foreach (string name in names)
                {
                    AddPackage(add, Find(packages, name), directory, seen);
                }
            });
        }

        layout.Finish("bench", "/bin/bash");
        return layout;
    }

    private static string Find(string packages, string name) =>
        Directory.EnumerateFiles(packages, $"{name}_*.deb").Order(StringComparer.Ordinal).LastOrDefault()
        ?? throw new BenchException($"{packages}/{name}_*.deb is not there: run `apt-get download {name}` in it");

    private static void AddPackage(Action<TarEntry> add, string package, string directory, HashSet<string> seen)
    {
        string tar = Path.Combine(directory, "package.tar");
        Outcome unpacked = Child.Run(Command.Of("/usr/bin/dpkg-deb", "--fsys-tarfile", package) with { Output = tar });
        if (unpacked.ExitCode != 0)
        {
            throw new BenchException($"dpkg-deb --fsys-tarfile {package}: exit {unpacked.ExitCode}");
        }

        using (FileStream file = File.OpenRead(tar))
        using (TarReader reader = new(file))
        {
            while (reader.GetNextEntry(copyData: false) is { } entry)
            {
                string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (name.Length == 0 || !seen.Add(name))
                {
                    continue;
                }

                string link = entry.LinkName.StartsWith("./", StringComparison.Ordinal) ? entry.LinkName[2..] : entry.LinkName;
                PaxTarEntry copy = new(entry.EntryType is TarEntryType.V7RegularFile ? TarEntryType.RegularFile : entry.EntryType, name)
                {
                    Mode = entry.Mode, Uid = entry.Uid, Gid = entry.Gid, ModificationTime = entry.ModificationTime,
                };
                if (entry.EntryType is TarEntryType.HardLink or TarEntryType.SymbolicLink)
                {
                    copy.LinkName = link;
                }

                if (copy.EntryType == TarEntryType.RegularFile)
                {
                    copy.DataStream = entry.DataStream;
                }

                add(copy);
            }
        }

        File.Delete(tar);
    }
}
