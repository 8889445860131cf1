using System.Security.Cryptography;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>A file that a repository signs for.</summary>
public sealed class TufTarget
{
    private const int BufferSize = 64 * 1024;

    private readonly FileHashes _hashes;

    internal TufTarget(string path, long length, FileHashes hashes) => (Path, Length, _hashes) = (path, length, hashes);

    /// <summary>Its name in the repository, with slashes.</summary>
    public string Path { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>A name for a file of its own in a directory: no slash, never <c>.</c> or <c>..</c>.</summary>
    public string FileName => Path is "." or ".." ? Path.Replace(".", "%2E", StringComparison.Ordinal) : TufStore.Quote(Path);

    /// <summary>The hash that names it where names begin with hashes.</summary>
    internal string Hash => _hashes.Any;

    /// <summary>Whether a stream has its content, to the last byte.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<bool> IsContentAsync(Stream content, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(content);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        var buffer = new byte[BufferSize];
        long length = 0;
        for (int n; (n = await content.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0;)
        {
            length += n;
            if (length > Length)
            {
                return false;
            }

            sha256.AppendData(buffer, 0, n);
            sha512.AppendData(buffer, 0, n);
        }

        return length == Length && _hashes.Fit(sha256, sha512);
    }
}
