using System.Security.Cryptography;

namespace Skerry.Oci.Archives;

/// <summary>One blob of an archive, hashed while it is read.</summary>
/// <remarks>Valid until the next blob is read. It is what it says only once <see cref="Complete"/> returned.</remarks>
public sealed class ArchiveBlob
{
    private readonly HashingStream _content;

    internal ArchiveBlob(string name, Digest? expected, long size, Stream content)
    {
        (Name, ExpectedDigest, Size) = (name, expected, size);
        _content = new HashingStream(content, expected?.CreateHash() ?? IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
    }

    /// <summary>Path in the archive.</summary>
    public string Name { get; }

    /// <summary>The digest its path promises; null where paths promise nothing (docker-archive).</summary>
    public Digest? ExpectedDigest { get; }

    /// <summary>Bytes.</summary>
    public long Size { get; }

    /// <summary>The bytes, once.</summary>
    public Stream Content => _content;

    internal LayerCompression Compression => Layers.LayerDecompressor.Sniff(_content.Head);

    private Digest? _digest;

    /// <summary>Reads what is left and says the digest of the whole.</summary>
    /// <exception cref="OciFormatException">It is not the promised one.</exception>
    public Digest Complete()
    {
        if (_digest is { } known)
        {
            return known;
        }

        _content.CopyTo(Stream.Null);
        var digest = Digest.OfHash(ExpectedDigest?.Algorithm ?? Digest.Sha256, _content.Finish());
        if (ExpectedDigest is { } expected && expected != digest)
        {
            throw new OciFormatException("image archive", null, $"{Name} has the digest {digest}, not the one it is named by");
        }

        _digest = digest;
        return digest;
    }
}
