using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using CsCheck;
using Skerry.Oci.Layers;

namespace Skerry.Oci.Tests.Layers;

public sealed class LayerWriterTests
{
    private static readonly Gen<string> Name = Gen.String[Gen.Char["abc.-_ é\n"], 1, 60].Where(n => n is not ("." or "..") && !n.StartsWith(".wh.", StringComparison.Ordinal));

    private static readonly Gen<NewEntry> Entry =
        from parts in Name.Array[1, 8]
        from type in Gen.Enum<LayerEntryType>()
        from mode in Gen.Int[0, 0xfff]
        from uid in Gen.UInt[0, uint.MaxValue - 1]
        from gid in Gen.UInt[0, uint.MaxValue - 1]
        from seconds in Gen.Long[-1L << 40, 1L << 40]
        from nanoseconds in Gen.OneOf(Gen.Const(0), Gen.Int[0, 999_999_999])
        from link in Name.Array[1, 5]
        from major in Gen.UInt[0, 4095]
        from minor in Gen.UInt[0, (1 << 20) - 1]
        from xattr in Gen.Byte.Array[0, 50]
        let isLink = type is LayerEntryType.Symlink or LayerEntryType.HardLink
        let isDevice = type is LayerEntryType.CharDevice or LayerEntryType.BlockDevice
        select new NewEntry(string.Join('/', parts), type)
        {
            Mode = mode,
            Uid = uid,
            Gid = gid,
            MTime = new FileTime(seconds, nanoseconds),
            LinkTarget = isLink ? string.Join('/', link) : "",
            DeviceMajor = isDevice ? major : 0,
            DeviceMinor = isDevice ? minor : 0,
            Xattrs = xattr.Length % 3 == 0 ? [] : [new ExtendedAttribute("user.x", xattr)],
        };

    [Fact]
    public void What_is_written_is_read_back() => Gen.Select(Entry, Gen.Byte.Array[0, 2000]).Array[0, 6].Sample(entries =>
    {
        var bytes = new MemoryStream();
        using (var writer = new LayerWriter(bytes, leaveOpen: true))
        {
            foreach (var (entry, content) in entries)
            {
                writer.Write(entry, entry.Type == LayerEntryType.File ? content : []);
            }
        }

        var all = Read.All(bytes.ToArray(), new LayerLimits { RequireEndMarker = true });
        Assert.Equal(entries.Length, all.Count);
        foreach (var ((wrote, content), (read, back)) in entries.Zip(all))
        {
            Assert.Equal(wrote.Path, read.SafePath.Value);
            Assert.Equal((wrote.Type, wrote.Mode, wrote.Uid, wrote.Gid, wrote.MTime, wrote.LinkTarget), (read.Type, read.Mode, read.Uid, read.Gid, read.MTime, read.LinkTarget));
            Assert.Equal((wrote.DeviceMajor, wrote.DeviceMinor), (read.DeviceMajor, read.DeviceMinor));
            Assert.Equal(wrote.Type == LayerEntryType.File ? content : [], back);
            Assert.Equal(wrote.Xattrs.Select(x => Convert.ToHexString(x.Value.Span)), read.Xattrs.Select(x => Convert.ToHexString(x.Value.Span)));
        }
    }, iter: 500);

    [Fact]
    public void The_platforms_own_reader_reads_it_the_same()
    {
        var bytes = new MemoryStream();
        using (var writer = new LayerWriter(bytes, leaveOpen: true))
        {
            writer.Write(new NewEntry("d", LayerEntryType.Directory));
            writer.Write(new NewEntry("d/" + new string('n', 150), LayerEntryType.File) { Mode = 0x1ed, Uid = 3_000_000, MTime = new FileTime(1, 500_000_000) }, "hello"u8);
            writer.Write(new NewEntry("d/l", LayerEntryType.Symlink) { LinkTarget = new string('t', 120) });
        }

        bytes.Position = 0;
        using var reader = new TarReader(bytes);
        Assert.Equal("d/", reader.GetNextEntry()!.Name);
        var file = reader.GetNextEntry()!;
        Assert.Equal((152, 3_000_000, 5L), (file.Name.Length, file.Uid, file.Length));
        Assert.Equal(1500, file.ModificationTime.ToUnixTimeMilliseconds());
        Assert.Equal(120, reader.GetNextEntry()!.LinkName.Length);
        Assert.Null(reader.GetNextEntry());
    }

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void What_the_platform_writes_is_read(TarEntryFormat format)
    {
        var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, format, leaveOpen: true))
        {
            TarEntry New(TarEntryType type, string name) => format switch
            {
                TarEntryFormat.V7 => new V7TarEntry(type == TarEntryType.RegularFile ? TarEntryType.V7RegularFile : type, name),
                TarEntryFormat.Ustar => new UstarTarEntry(type, name),
                TarEntryFormat.Pax => new PaxTarEntry(type, name),
                _ => new GnuTarEntry(type, name),
            };
            var file = New(TarEntryType.RegularFile, format is TarEntryFormat.V7 or TarEntryFormat.Ustar ? "file" : "file" + new string('x', 300));
            file.DataStream = new MemoryStream("content"u8.ToArray());
            file.Mode = (UnixFileMode)0x1a0;
            writer.WriteEntry(file);
            writer.WriteEntry(New(TarEntryType.Directory, "dir"));
            var link = New(TarEntryType.SymbolicLink, "link");
            link.LinkName = "file";
            writer.WriteEntry(link);
        }

        var all = Read.All(bytes.ToArray());
        Assert.Equal("content", Encoding.UTF8.GetString(all[0].Content));
        Assert.Equal(0x1a0, all[0].Entry.Mode);
        Assert.Equal(LayerEntryType.Directory, all[1].Entry.Type);
        Assert.Equal("file", all[2].Entry.LinkTarget);
    }

    [Theory]
    [InlineData("--format=v7")]
    [InlineData("--format=ustar")]
    [InlineData("--format=oldgnu")]
    [InlineData("--format=gnu --sparse")]
    [InlineData("--format=pax")]
    [InlineData("--format=pax --sparse --sparse-version=0.0")]
    [InlineData("--format=pax --sparse --sparse-version=0.1")]
    [InlineData("--format=pax --sparse --sparse-version=1.0")]
    public void What_gnu_tar_writes_is_read_and_what_is_written_gnu_tar_reads(string options)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tar"), "GNU tar is not installed");
        var directory = Directory.CreateTempSubdirectory("skerry-oci-tar-");
        try
        {
            var tree = directory.CreateSubdirectory("tree");
            File.WriteAllText(Path.Combine(tree.FullName, "file"), "content");
            tree.CreateSubdirectory("sub");
            File.CreateSymbolicLink(Path.Combine(tree.FullName, "sub/link"), "../file");
            using (var sparse = File.Create(Path.Combine(tree.FullName, "sparse")))
            {
                sparse.SetLength(3 << 20);
                for (var i = 0; i < 40; i++)
                {
                    sparse.Position = i * 65536;
                    sparse.Write(Encoding.ASCII.GetBytes($"data {i}"));
                }
            }

            Run($"-c -f {directory.FullName}/a.tar {options} -C {tree.FullName} .");
            var all = Read.All(File.ReadAllBytes(Path.Combine(directory.FullName, "a.tar"))).ToDictionary(a => a.Entry.SafePath.Value);
            Assert.Equal("content", Encoding.UTF8.GetString(all["file"].Content));
            Assert.Equal("../file", all["sub/link"].Entry.LinkTarget);
            Assert.Equal(File.ReadAllBytes(Path.Combine(tree.FullName, "sparse")), all["sparse"].Content);

            using (var writer = new LayerWriter(File.Create(Path.Combine(directory.FullName, "b.tar"))))
            {
                writer.Write(new NewEntry("x", LayerEntryType.Directory));
                foreach (var (path, (entry, content)) in all.Where(a => a.Key.Length > 0))
                {
                    writer.Write(new NewEntry("x/" + path, entry.Type) { Mode = entry.Mode, LinkTarget = entry.LinkTarget, MTime = entry.MTime }, content);
                }
            }

            Run($"-x -f {directory.FullName}/b.tar -C {directory.FullName} --no-same-owner");
            Assert.Equal(File.ReadAllBytes(Path.Combine(tree.FullName, "sparse")), File.ReadAllBytes(Path.Combine(directory.FullName, "x/sparse")));
            Assert.Equal("content", File.ReadAllText(Path.Combine(directory.FullName, "x/sub/link")));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_same_entries_give_the_same_bytes()
    {
        static byte[] Make()
        {
            var bytes = new MemoryStream();
            using (var writer = new LayerWriter(bytes, leaveOpen: true))
            {
                writer.Write(new NewEntry("a", LayerEntryType.File) { Xattrs = [new ExtendedAttribute("user.b", new byte[] { 1 }), new ExtendedAttribute("user.a", new byte[] { 2 })] }, "x"u8);
            }

            return bytes.ToArray();
        }

        Assert.Equal(Make(), Make());
    }

    private static void Run(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/tar", arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }
}
