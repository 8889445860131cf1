using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>The root role: which keys may sign the four roles at the top.</summary>
internal sealed class RootMetadata
{
    private static readonly string[] Names = [RoleName.Root, RoleName.Timestamp, RoleName.Snapshot, RoleName.Targets];

    private readonly Dictionary<string, TufRole> _roles;

    private RootMetadata(TufMetadata metadata, Dictionary<string, TufRole> roles) => (Metadata, _roles) = (metadata, roles);

    public TufMetadata Metadata { get; }

    public int Version => Metadata.Version;

    /// <summary>Reads a root; its signatures are not checked yet.</summary>
    public static RootMetadata Read(ReadOnlyMemory<byte> bytes)
    {
        var metadata = TufMetadata.Read(RoleName.Root, bytes);
        var keys = TufRole.ReadKeys(metadata.Signed);
        var roles = metadata.Signed.Object("roles");
        return new RootMetadata(metadata, Names.ToDictionary(static n => n, n => TufRole.Read(n, roles.Object(n), keys), StringComparer.Ordinal));
    }

    public TufRole Role(string name) => _roles[name];

    /// <summary>The root role with those keys alone that may sign for an image at a time: certificates that name it, are valid, and are pinned if any are.</summary>
    /// <remarks>
    /// theupdateframework/notary trustpinning/certs.go, ValidateRoot. The name in the certificate is all that ties metadata to
    /// an image: a bare key, which may be the root of many images, cannot sign a root.
    /// </remarks>
    public TufRole RootRole(string gun, IReadOnlyList<string> pins, DateTimeOffset now)
    {
        var role = Role(RoleName.Root);
        var keys = role.Keys.Where(k => k.Certificate is { } c && c.IsValidAt(now) && c.Subject.Attributes.Any(a => a.Type == "CN" && a.Value == gun))
            .Where(k => pins.Count == 0 || pins.Contains(k.Id, StringComparer.Ordinal) || pins.Contains(k.BareId, StringComparer.Ordinal) || pins.Contains(k.Key.Id, StringComparer.Ordinal)).ToList();
        return keys.Count >= role.Threshold ? role with { Keys = keys }
            : throw new TrustException($"{keys.Count} root keys are for {gun}, valid at {Rfc3339.Text(now)}{(pins.Count == 0 ? "" : " and pinned")}, and {role.Threshold} must sign; it has: {string.Join(", ", role.Keys.Take(8).Select(static k => k.Id[..16]))}");
    }
}
