using System.Text;
using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Fuzz;

/// <summary>Something that takes foreign bytes. <paramref name="Check"/> throws when a promise is broken.</summary>
/// <param name="Seeds">Inputs to begin from.</param>
/// <param name="Make">Makes inputs that know the format, where mutated seeds alone would not go deep.</param>
internal sealed record Target(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Check, Func<Random, byte[]>? Make = null);

/// <summary>The targets. For each: malformed input is refused by <see cref="OciFormatException"/> and nothing else, and what is accepted keeps its promises.</summary>
internal static class Targets
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static readonly LayerLimits Limits = new() { MaxUnpackedBytes = 4 << 20, RatioGrace = 1 << 20, MaxEntries = 10_000 };
    private static readonly ArchiveLimits ArchiveLimits = new() { MaxBytes = 4 << 20, MaxEntries = 1000 };

    private static readonly Lazy<Extraction> Unpacking = new(static () => new Extraction());

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new Target("tar", Seeds.Tars(), Tar),
        new Target("layer", [.. Seeds.Tars().SelectMany(Seeds.Packed)], bytes => Tar(LayerDecompressor.Open(new MemoryStream(bytes), null, Limits))),
        new Target("manifest", Seeds.Manifests(Hex), Manifest),
        new Target("config", Seeds.Configs(Hex), bytes => ImageConfig.Parse(bytes)),
        new Target("reference", [.. Seeds.References(Hex).Select(Encoding.UTF8.GetBytes)], Reference),
        new Target("archive", Seeds.Archives(), Archive),
        .. EnvelopeTargets.All,
        new Target("extract", Seeds.Tars(), static bytes => Unpacking.Value.Check(bytes), static random => Unpacking.Value.Tars.Make(random)),
    ];

    /// <summary>Removes what the targets have on disk.</summary>
    public static void End()
    {
        if (Unpacking.IsValueCreated)
        {
            Unpacking.Value.Dispose();
        }
    }

    private static void Tar(byte[] bytes) => Tar(new MemoryStream(bytes));

    private static void Tar(Stream stream)
    {
        using var reader = new LayerReader(stream, Limits);
        var buffer = new byte[4096];
        while (reader.Read() is { } entry)
        {
            Promise(entry.Size >= 0 && entry.Mode is >= 0 and <= 0xfff, "size and mode are in range");
            Promise(entry.Uid != uint.MaxValue && entry.Gid != uint.MaxValue, "no owner means 'leave as it is'");
            foreach (var path in (SafePath[])[entry.SafePath, entry.HardLinkPath, entry.WhiteoutTarget])
            {
                Promise(!path.IsSafe || path.Components.All(c => c is not ("" or "." or "..") && c.IndexOfAny(['/', '\0']) < 0), "a safe path does not move");
            }

            if (entry.Size > Limits.MaxUnpackedBytes)
            {
                Promise(false, "a file is larger than the limit");
            }

            long size = 0;
            if (entry.Segments is not null)
            {
                long end = 0;
                reader.CopyContentTo((offset, data) =>
                {
                    Promise(offset >= end && offset + data.Length <= entry.Size, "segments ascend inside the file");
                    end = offset + data.Length;
                });
                continue;
            }

            for (int read; (read = reader.Content.Read(buffer)) > 0;)
            {
                size += read;
            }

            Promise(size == entry.Size, "content has the promised size");
        }
    }

    private static void Manifest(byte[] bytes)
    {
        switch (ManifestParser.Parse(bytes, null))
        {
            case ImageManifest manifest:
                Promise(manifest.TotalSize >= 0 && manifest.Layers.All(l => l.Size >= 0 && !l.Digest.IsEmpty), "sizes and digests are real");
                break;
            case ImageIndex index:
                _ = index.Select(Platform.Current);
                break;
        }
    }

    private static void Reference(byte[] bytes)
    {
        var reference = ImageReference.Parse(Encoding.UTF8.GetString(bytes));
        Promise(reference == ImageReference.Parse(reference.ToString()), "canonical form parses to the same");
        Promise(reference == ImageReference.Parse(reference.Familiar), "familiar form parses to the same");
        Promise(!reference.Repository.Contains("..", StringComparison.Ordinal) && reference.Repository[0] != '/', "a repository is a plain path");
    }

    private static void Archive(byte[] bytes)
    {
        using var reader = new ImageArchiveReader(new MemoryStream(bytes), ArchiveLimits);
        var store = new Dictionary<Digest, byte[]>();
        while (reader.ReadBlob() is { } blob)
        {
            var content = new MemoryStream();
            blob.Content.CopyTo(content);
            store[blob.Complete()] = content.ToArray();
        }

        foreach (var image in reader.Resolve(d => store[d]))
        {
            Promise(image.NewManifest is { } made ? Digest.OfSha256(made.Span) == image.Manifest.Digest : store.ContainsKey(image.Manifest.Digest), "an image's manifest is there");
        }
    }

    internal static void Promise(bool kept, string what)
    {
        if (!kept)
        {
            throw new InvalidOperationException("broken promise: " + what);
        }
    }
}
