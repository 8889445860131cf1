using Skerry.Oci;
using Skerry.Oci.Trust.ContentTrust;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Images.Trust;

/// <summary>Opens content trust where it is now, and keeps what was read when that led to a yes: the next start needs no network.</summary>
internal sealed class RecordedSources(ContentTrustFiles files) : IDisposable
{
    private readonly Dictionary<(string Signer, string Gun), RecordedSource> _opened = [];

    /// <summary>Opens it for a signer; the same files serve all tries of one decision.</summary>
    internal (IContentTrustSource Source, ContentTrustState? State)? Open(ContentTrustSigner signer, string gun)
    {
        if (!_opened.TryGetValue((signer.Name, gun), out var opened))
        {
            opened = _opened[(signer.Name, gun)] = new RecordedSource(files.Live(signer, gun));
        }

        return (opened, files.StateOf(signer, gun));
    }

    /// <summary>Keeps what was learnt, also from a no; and, for a yes, the files of this manifest.</summary>
    internal void Keep(TrustDecision decision, Digest manifest)
    {
        foreach (var finding in decision.Signers)
        {
            if (finding is { Signer: ContentTrustSigner signer, State: { } state } && decision.Subject.Reference is { } reference)
            {
                var gun = Gun.Of(reference);
                files.KeepState(signer, gun, state);
                if (finding.Met is not null && _opened.TryGetValue((signer.Name, gun), out var source))
                {
                    files.Keep(signer, gun, manifest, source.Files, state);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _opened.Values)
        {
            source.Dispose();
        }
    }

    /// <summary>Remembers every file that was read.</summary>
    private sealed class RecordedSource(IContentTrustSource source) : IContentTrustSource, IDisposable
    {
        private readonly Dictionary<string, ReadOnlyMemory<byte>?> _files = new(StringComparer.Ordinal);

        internal IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> Files => _files;

        public ReadOnlyMemory<byte>? Read(string name, int maxBytes)
        {
            if (!_files.TryGetValue(name, out var bytes))
            {
                bytes = _files[name] = source.Read(name, maxBytes);
            }

            return bytes;
        }

        public void Dispose() => (source as IDisposable)?.Dispose();
    }
}
