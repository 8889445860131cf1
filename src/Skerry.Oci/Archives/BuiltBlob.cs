namespace Skerry.Oci.Archives;

/// <summary>A blob that was made.</summary>
public sealed class BuiltBlob
{
    private readonly Stream _content;
    private readonly string? _path;

    internal BuiltBlob(Descriptor descriptor, Stream content, string? path) => (Descriptor, _content, _path) = (descriptor, content, path);

    /// <summary>Its type, digest and size.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Opens its content from the first byte, as often as wanted; the caller disposes it.</summary>
    public Stream Open() => _path is null
        ? new MemoryStream(((MemoryStream)_content).ToArray(), writable: false)
        : new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    internal void Delete()
    {
        _content.Dispose();
        if (_path is not null)
        {
            File.Delete(_path);
        }
    }
}
