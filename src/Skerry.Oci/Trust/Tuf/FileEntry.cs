using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>What a timestamp or a snapshot says of another metadata file (TUF 1.0.33 §4.4).</summary>
internal sealed record FileEntry(string Role, int Version, long? Length, FileHashes? Hashes)
{
    internal static FileEntry Read(string role, JsonFields fields) => new(
        role,
        fields.Number("version") is > 0 and <= int.MaxValue and var version ? (int)version : throw fields.Bad("version", "not a version"),
        fields.NumberOrNull("length") is { } length ? length >= 0 ? length : throw fields.Bad("length", "negative") : null,
        FileHashes.Read(fields));

    /// <summary>The member <c>meta</c> by role.</summary>
    internal static Dictionary<string, FileEntry> ReadAll(JsonFields signed)
    {
        const string Suffix = ".json";
        return signed.Members("meta", TufLimits.MaxEntries).Where(static m => m.Name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(static m => Read(m.Name[..^Suffix.Length], new JsonFields("meta", $"{m.Name}.", m.Value))).ToDictionary(static e => e.Role, StringComparer.Ordinal);
    }

    /// <summary>Most bytes that are taken of it.</summary>
    internal int Most(int limit) => (int)Math.Min(Length ?? limit, limit);

    /// <exception cref="TufException">The bytes are not those.</exception>
    internal void CheckBytes(ReadOnlySpan<byte> bytes)
    {
        if ((Length is { } length && length != bytes.Length) || Hashes?.Fit(bytes) == false)
        {
            throw new TufException($"{Role}, version {Version}: the file is not the one whose length and hashes are signed");
        }
    }

    /// <exception cref="TufException">The file says another version of itself.</exception>
    internal void CheckVersion(MetadataFile file)
    {
        if (file.Version != Version)
        {
            throw new TufException($"{Role}: the file says it is version {file.Version}, and version {Version} is signed for");
        }
    }
}
