using Skerry.Oci.Trust.ContentTrust;

namespace Skerry.Oci.Tests.Trust.ContentTrust;

/// <summary>Metadata in memory, as a trust server would serve it.</summary>
internal sealed class MemorySource : IContentTrustSource
{
    public Dictionary<string, byte[]> Files { get; init; } = new(StringComparer.Ordinal);

    public ReadOnlyMemory<byte>? Read(string name, int maxBytes) => Files.TryGetValue(name, out var bytes) ? new ReadOnlyMemory<byte>(bytes, 0, Math.Min(bytes.Length, maxBytes + 1)) : default(ReadOnlyMemory<byte>?);

    public static MemorySource Of(string folder)
    {
        var root = Artefacts.PathOf(folder);
        return new MemorySource
        {
            Files = Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(root, f)[..^".json".Length], File.ReadAllBytes, StringComparer.Ordinal),
        };
    }

    public MemorySource With(string name, byte[] bytes) => new() { Files = new Dictionary<string, byte[]>(Files, StringComparer.Ordinal) { [name] = bytes } };
}
