using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>A signed metadata file, before and after its signatures are checked (theupdateframework/notary tuf/data/types.go).</summary>
internal sealed class TufMetadata
{
    private readonly byte[] _canonical;
    private readonly List<(string KeyId, string Method, byte[] Signature)> _signatures;

    private TufMetadata(string role, ReadOnlyMemory<byte> raw, JsonFields envelope)
    {
        Raw = raw;
        Signed = envelope.Object("signed");
        _canonical = CanonicalJson.Encode(Signed.Element);
        _signatures = [.. envelope.Objects("signatures", TrustLimits.MaxSignatures).Select(static s => (s.Text("keyid"), s.Text("method"), s.Bytes("sig", TrustLimits.MaxSignature)))];
        var type = role switch
        {
            RoleName.Root => "Root",
            RoleName.Timestamp => "Timestamp",
            RoleName.Snapshot => "Snapshot",
            _ => "Targets",
        };
        if (Signed.Text("_type") != type)
        {
            throw Signed.Bad("_type", $"not {type}");
        }

        Version = Signed.Number("version") is > 0 and <= int.MaxValue and var version ? (int)version : throw Signed.Bad("version", "not a version");
        Expires = Signed.Time("expires");
    }

    /// <summary>The file as it was read; hashes are over it.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    public JsonFields Signed { get; }

    public int Version { get; }

    public DateTimeOffset Expires { get; }

    public static TufMetadata Read(string role, ReadOnlyMemory<byte> bytes) => new(role, bytes, StrictJson.Object(role, bytes, TrustLimits.MaxDocument));

    /// <summary>Whether both say the same, whoever signed them.</summary>
    public bool IsSame(TufMetadata other) => _canonical.AsSpan().SequenceEqual(other._canonical);

    /// <summary>Checks that enough keys of a role signed. Each key counts once, under whatever ids it has; signatures by other keys count for nothing.</summary>
    public void Verify(TufRole role)
    {
        var signers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (id, method, signature) in _signatures)
        {
            if (role.Keys.FirstOrDefault(k => k.Id == id) is { } key && key.IsSignature(method, _canonical, signature))
            {
                signers.Add(key.Key.Id);
            }
        }

        if (signers.Count < role.Threshold)
        {
            throw new TrustException($"{role.Name} version {Version} is signed by {signers.Count} of the keys that may sign it, and {role.Threshold} must");
        }
    }

    public void NotExpired(string role, DateTimeOffset now)
    {
        if (now >= Expires)
        {
            throw new TrustException($"{role} version {Version} expired at {Rfc3339.Text(Expires)}");
        }
    }

    /// <summary>Refuses a version before the one that was seen.</summary>
    public void NotBefore(string role, int seen)
    {
        if (Version < seen)
        {
            throw new TrustException($"{role} is version {Version}, and version {seen} was seen before: somebody rolls it back");
        }
    }

    /// <summary>What this file says of another one; null when it does not name it.</summary>
    public FileMeta? Meta(string role)
    {
        const int MaxRoles = 4096;
        var member = Signed.Members("meta", MaxRoles).FirstOrDefault(m => m.Name == role);
        return member.Value.ValueKind == System.Text.Json.JsonValueKind.Undefined ? null : FileMeta.Read(new JsonFields("metadata", $"meta.{role}.", member.Value));
    }
}
