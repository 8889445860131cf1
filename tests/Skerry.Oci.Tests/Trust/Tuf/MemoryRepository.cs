using Skerry.Oci.Trust.Tuf;

namespace Skerry.Oci.Tests.Trust.Tuf;

/// <summary>A repository's files in memory, and what was asked of it.</summary>
internal sealed class MemoryRepository : ITufRepository
{
    public Dictionary<string, byte[]> Metadata { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, byte[]> Targets { get; } = new(StringComparer.Ordinal);

    public List<string> Asked { get; } = [];

    public Task<ReadOnlyMemory<byte>?> MetadataAsync(string name, int maxBytes, CancellationToken ct)
    {
        Asked.Add(name);
        return Task.FromResult(Metadata.TryGetValue(name, out var bytes) ? bytes.AsMemory(0, Math.Min(bytes.Length, maxBytes + 1)) : default(ReadOnlyMemory<byte>?));
    }

    public async Task<bool> TargetAsync(string path, long length, Stream to, CancellationToken ct)
    {
        Asked.Add(path);
        if (!Targets.TryGetValue(path, out var bytes))
        {
            return false;
        }

        await to.WriteAsync(bytes.AsMemory(0, (int)Math.Min(bytes.Length, length + 1)), ct);
        return true;
    }
}
