using System.Globalization;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Images;
using Skerry.Node.Images.Layers;
using Skerry.Node.Images.Upkeep;
using Skerry.Oci.Layers;

namespace Skerry.Oci.Fuzz;

/// <summary>
/// Unpacks foreign layers with the node's own extractor into a store that stands in the middle of a canary tree. What must hold after each: nothing
/// outside of the layer's root changed, only the documented exceptions came, what was accepted is on disk as its inventory says, memory is
/// bounded, and all of it can be removed.
/// </summary>
internal sealed class Extraction : IDisposable
{
    private const string Mark = "skerry-fuzz-was-here";
    private const long MostAllocated = 384L << 20;

    private readonly DirectoryInfo _top;
    private readonly ImageStore _store;
    private readonly FileDescriptor _blob;
    private readonly string _before;

    public Extraction()
    {
        // A file system in memory where there is one: ten thousand trees a minute are made here.
        string place = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        _top = Directory.CreateDirectory(Path.Combine(place, $"skerry-fuzz-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}"));
        foreach (string directory in (string[])["etc", "a/b", "node", "node/root", "c"])
        {
            Directory.CreateDirectory(Path.Combine(_top.FullName, directory));
        }

        foreach (string file in (string[])["etc/passwd", "bird", "a/b/c", "node/f", "node/x", "c/a"])
        {
            File.WriteAllText(Path.Combine(_top.FullName, file), file);
        }

        File.CreateSymbolicLink(Path.Combine(_top.FullName, "l"), "etc");
        _store = ImageStore.Open(
            new ImagesOptions
            {
                Root = Path.Combine(_top.FullName, "node", "root"),
                LayerLimits = new LayerLimits { MaxUnpackedBytes = 4 << 20, RatioGrace = 1 << 20, MaxEntries = 10_000 },
            },
            TimeProvider.System,
            () => new HashSet<Digest>());
        _blob = FileCalls.Open(null, Path.Combine(_top.FullName, "blob"), OpenFlags.ReadWrite | OpenFlags.Create, 0x180);
        Tars = new HostileTar(_top.FullName, Mark);
        Unpack([]);
        _before = Snapshot();
    }

    /// <summary>Makes the inputs.</summary>
    public HostileTar Tars { get; }

    /// <summary>Unpacks one tar; throws when a promise is broken.</summary>
    public void Check(byte[] tar)
    {
        long allocated = GC.GetTotalAllocatedBytes();
        Exception? refused = null;
        try
        {
            Unpack(tar);
        }
        catch (Exception e) when (e is OciFormatException or ImageException { Problem: ImageProblem.Refused })
        {
            refused = e;
        }

        allocated = GC.GetTotalAllocatedBytes() - allocated;
        Promise(allocated < MostAllocated, $"{allocated >> 20} MiB were allocated for a layer of {tar.Length} bytes");
        string after = Snapshot();
        Promise(after == _before, $"outside of the root it was\n{_before}\nand is\n{after}");
        foreach (string place in (string[])["/", "/etc", "/tmp", "/root", "/proc/self", Environment.CurrentDirectory])
        {
            Promise(!Path.Exists(Path.Combine(place, Mark)), $"{Mark} was made in {place}");
        }

        if (refused is not null)
        {
            throw refused as OciFormatException ?? new OciFormatException("layer", 0, refused.Message);
        }
    }

    public void Dispose()
    {
        _blob.Dispose();
        _store.Dispose();
        using var parent = FileCalls.Open(null, _top.Parent!.FullName, OpenFlags.Read | OpenFlags.Directory);
        TreeRemoval.Remove(parent, _top.Name);
    }

    private void Unpack(byte[] tar)
    {
        FileCalls.SetLength(_blob, 0);
        FileCalls.Write(_blob, tar, 0, "blob");
        using var pending = _store.Layers.Unpack(_blob, null, Digest.OfSha256(tar), null, CancellationToken.None);
        try
        {
            var meta = pending.Finish(static _ => null, null, TimeProvider.System.GetUtcNow());
            var problems = new List<string>();
            new LayerCheck(_store.Layers, (path, problem) => problems.Add($"{path} {problem}"), CancellationToken.None).Run(new StoredLayer(pending.Temporary, meta));
            Promise(problems.Count == 0, $"the inventory says otherwise: {string.Join("; ", problems.Take(5))}");
        }
        finally
        {
            pending.Discard();
        }
    }

    private string Snapshot()
    {
        var text = new StringBuilder();
        var directories = new Stack<string>([_top.FullName]);
        while (directories.TryPop(out string? path))
        {
            using var directory = FileCalls.Open(null, path, OpenFlags.Read | OpenFlags.Directory);
            foreach (var entry in FileCalls.Entries(directory).OrderBy(e => e.Name, StringComparer.Ordinal))
            {
                string full = Path.Combine(path, entry.Name);
                if (entry.Name == "blob" && path == _top.FullName)
                {
                    continue;
                }

                var s = FileCalls.Status(directory, entry.Name)!.Value;

                // Unpacking makes and removes names in layers/, so that alone may have another time.
                string time = full.EndsWith("/node/root/layers", StringComparison.Ordinal) ? "" : $"{s.ModifiedSeconds}.{s.ModifiedNanoseconds}";
                string content = s.Kind switch
                {
                    FileKind.Regular when s.Size > 0 => Digest.OfSha256(File.ReadAllBytes(full)).Hex,
                    FileKind.Symlink => FileCalls.ReadSymlink(directory, entry.Name) ?? "",
                    _ => "",
                };
                text.Append(CultureInfo.InvariantCulture, $"{full} {s.Kind} {s.Mode:x} {s.Uid}:{s.Gid} {s.Size} {s.Inode} {s.LinkCount} {time} {content} ");
                text.AppendJoin(',', FileCalls.ListXattrs(directory, entry.Name)).Append('\n');
                if (s.Kind == FileKind.Directory)
                {
                    directories.Push(full);
                }
            }
        }

        return text.ToString();
    }

    private static void Promise(bool kept, string what)
    {
        if (!kept)
        {
            throw new InvalidOperationException("broken promise: " + what);
        }
    }
}
