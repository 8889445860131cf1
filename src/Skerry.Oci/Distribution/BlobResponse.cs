namespace Skerry.Oci.Distribution;

/// <summary>A blob on its way. Its digest is NOT checked here: who stores it hashes it, from the first byte on.</summary>
public sealed class BlobResponse : IDisposable
{
    private readonly HttpResponseMessage _response;

    internal BlobResponse(HttpResponseMessage response, Stream content, long offset, string endpoint)
    {
        _response = response;
        Content = content;
        Offset = offset;
        Endpoint = endpoint;
    }

    /// <summary>
    /// The bytes from <see cref="Offset"/> to the end of the blob: exactly as many as the descriptor says, or a
    /// <see cref="RegistryException"/> (cut off, too long, stalled), after which the caller may open it again where it stopped.
    /// </summary>
    public Stream Content { get; }

    /// <summary>Where <see cref="Content"/> begins in the blob, in bytes: what was asked for, or 0.</summary>
    public long Offset { get; }

    /// <summary>Whether the server began where it was asked to; if not, <see cref="Offset"/> is 0 and what was stored must be dropped or skipped.</summary>
    public bool OffsetHonoured { get; private set; }

    /// <summary>The host it comes from, after redirects.</summary>
    public string Endpoint { get; }

    internal BlobResponse AskedFor(long offset)
    {
        OffsetHonoured = Offset == offset;
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Content.Dispose();
        _response.Dispose();
    }
}
