using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Images.Layers;

/// <summary>
/// The files of a layer sealed by fs-verity, where the file system has it: nobody writes them again, and the kernel compares every page of them with a hash tree when it is read. Of each the
/// digest of that tree is kept, so that a file that was exchanged or changed beneath the file system shows without being read.
/// </summary>
/// <remarks>Immutable. Kept beside the layer (<c>seals</c>): header · inventory · digests, 32 bytes each, of the files with content in the order of the stamps.</remarks>
internal sealed class LayerSeals
{
    private const string Header = "skerry-seals 1\n";
    private const int InventoryLength = 64;
    private static readonly int Start = Header.Length + InventoryLength;

    private readonly byte[] _bytes;

    private LayerSeals(byte[] bytes) => _bytes = bytes;

    /// <summary>Seals every file that has content; null where the file system cannot, or has no room for the trees.</summary>
    /// <exception cref="LinuxException">A file cannot be opened.</exception>
    internal static LayerSeals? Make(FileDescriptor files, LayerStamps stamps)
    {
        using var bytes = new MemoryStream();
        bytes.Write(Encoding.ASCII.GetBytes(Header));
        bytes.Write(Encoding.ASCII.GetBytes(stamps.Inventory));
        foreach (var path in stamps.Contents())
        {
            using var file = Open(files, path);

            // Another name of a file that was sealed: EEXIST.
            if (FileVerity.TryEnable(file) is not (0 or Errno.EEXIST) || FileVerity.Measure(file) is not { } digest)
            {
                return null;
            }

            bytes.Write(digest);
        }

        return bytes.Length > Start ? new LayerSeals(bytes.ToArray()) : null;
    }

    /// <summary>Reads a file of seals; null where it is none of this layer's.</summary>
    internal static LayerSeals? Read(byte[] bytes, string inventory) =>
        bytes.Length > Start && (bytes.Length - Start) % FileVerity.DigestSize == 0 && bytes.AsSpan(0, Start).SequenceEqual(Encoding.ASCII.GetBytes(Header + inventory)) ? new LayerSeals(bytes) : null;

    /// <summary>The bytes of the file.</summary>
    internal ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Whether every file is sealed as it was. The kernel tells: nothing is read but a block of each.</summary>
    /// <exception cref="LinuxException">A file cannot be opened.</exception>
    internal bool Hold(FileDescriptor files, LayerStamps stamps)
    {
        var at = Start;
        foreach (var path in stamps.Contents())
        {
            using var file = Open(files, path);
            if (at == _bytes.Length || FileVerity.Measure(file) is not { } digest || !digest.AsSpan().SequenceEqual(_bytes.AsSpan(at, digest.Length)))
            {
                return false;
            }

            at += digest.Length;
        }

        return at == _bytes.Length;
    }

    private static FileDescriptor Open(FileDescriptor files, string path)
    {
        var (file, error) = FileCalls.OpenBeneath(files, path, OpenFlags.Read | OpenFlags.NoFollow | OpenFlags.NonBlock | OpenFlags.NoAccessTime);
        return file ?? throw LinuxException.Of("openat2", path, error);
    }
}
