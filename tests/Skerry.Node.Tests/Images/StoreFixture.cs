using System.IO.Compression;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Images;
using Skerry.Node.Images.Layers;
using Skerry.Oci;

namespace Skerry.Node.Tests.Images;

/// <summary>A store in a directory of its own, with a canary beside it that nothing may touch.</summary>
internal sealed class StoreFixture : IDisposable
{
    private readonly string _top;
    private readonly string _canary;

    public StoreFixture(Func<ImagesOptions, ImagesOptions>? change = null, string? under = null)
    {
        _top = under is null ? Directory.CreateTempSubdirectory("images-store-").FullName : Directory.CreateDirectory(Path.Combine(under, Guid.NewGuid().ToString("n"))).FullName;
        Directory.CreateDirectory(Path.Combine(_top, "canary", "etc"));
        File.WriteAllText(Path.Combine(_top, "canary", "etc", "passwd"), "root:x:0:0::/:/bin/false\n");
        File.WriteAllText(Path.Combine(_top, "canary", "bird"), "alive");
        _canary = Snapshot();
        Options = new ImagesOptions { Root = Path.Combine(_top, "root"), Reserve = new ByteCount(0) };
        Options = change?.Invoke(Options) ?? Options;
        Store = ImageStore.Open(Options, TimeProvider.System, () => InUse);
    }

    public ImagesOptions Options { get; set; }

    public ImageStore Store { get; private set; }

    public HashSet<Digest> InUse { get; } = [];

    public string CanaryPath => Path.Combine(_top, "canary");

    public string LayersPath => Path.Combine(Options.Root, "layers");

    public void Reopen()
    {
        Store.Dispose();
        Store = ImageStore.Open(Options, TimeProvider.System, () => InUse);
    }

    /// <summary>Unpacks and commits a tar on nothing.</summary>
    public async Task<string> UnpackAsync(byte[] tar, params string[] lowers)
    {
        var pending = Unpack(tar);
        return (await Store.Layers.CommitAsync(pending, "base", lowers, CancellationToken.None)).Name;
    }

    public PendingLayer Unpack(byte[] tar, string? mediaType = null, Digest? diffId = null)
    {
        string blob = Path.Combine(_top, Guid.NewGuid().ToString("n"));
        File.WriteAllBytes(blob, tar);
        using var file = FileCalls.Open(null, blob, OpenFlags.Read);
        return Store.Layers.Unpack(file, mediaType, diffId ?? Digest.OfSha256(tar), null, CancellationToken.None);
    }

    public string PathIn(string layer, string path) => Path.Combine(LayersPath, layer, "fs", path);

    public string TextIn(string layer, string path) => File.ReadAllText(PathIn(layer, path));

    public byte[] BytesIn(string layer, string path) => File.ReadAllBytes(PathIn(layer, path));

    public string InventoryOf(string layer) => File.ReadAllText(Path.Combine(LayersPath, layer, "inventory"));

    public FileStatus? StatusIn(string layer, string path)
    {
        string full = PathIn(layer, path);
        using var parent = FileCalls.Open(null, Path.GetDirectoryName(full)!, OpenFlags.Path | OpenFlags.Directory);
        return FileCalls.Status(parent, Path.GetFileName(full));
    }

    public byte[]? XattrIn(string layer, string path, string attribute)
    {
        string full = PathIn(layer, path);
        using var parent = FileCalls.Open(null, Path.GetDirectoryName(full)!, OpenFlags.Path | OpenFlags.Directory);
        return FileCalls.GetXattr(parent, Path.GetFileName(full), attribute);
    }

    /// <summary>Names below layers/ that are not finished layers.</summary>
    public IEnumerable<string> Leftovers() => Directory.EnumerateFileSystemEntries(LayersPath).Select(p => Path.GetFileName(p)).Where(n => LayerNames.DiffIdOf(n) is null);

    public void AssertCanaryAlive() => Assert.Equal(_canary, Snapshot());

    public static byte[] Gzip(byte[] bytes)
    {
        var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return result.ToArray();
    }

    public void Dispose()
    {
        Store.Dispose();
        using var parent = FileCalls.Open(null, Path.GetDirectoryName(_top)!, OpenFlags.Read | OpenFlags.Directory);
        TreeRemoval.Remove(parent, Path.GetFileName(_top));
    }

    private string Snapshot() => string.Join('\n', Directory.EnumerateFileSystemEntries(CanaryPath, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(p => $"{p} {File.GetUnixFileMode(p)} {File.GetLastWriteTimeUtc(p).Ticks} {(File.Exists(p) ? File.ReadAllText(p) : "")}"));
}
