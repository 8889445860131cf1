using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>A targets role: names of images with their hashes, and roles that it delegates to.</summary>
internal sealed class TargetsMetadata
{
    private const int MaxTargets = 100_000;

    private TargetsMetadata(TufMetadata metadata, IReadOnlyList<TufRole> delegations) => (Metadata, Delegations) = (metadata, delegations);

    public TufMetadata Metadata { get; }

    public IReadOnlyList<TufRole> Delegations { get; }

    /// <summary>Reads a targets role; its signatures are not checked yet.</summary>
    public static TargetsMetadata Read(string role, ReadOnlyMemory<byte> bytes)
    {
        var metadata = TufMetadata.Read(role, bytes);
        if (metadata.Signed.ObjectOrNull("delegations") is not { } delegations)
        {
            return new TargetsMetadata(metadata, []);
        }

        var keys = TufRole.ReadKeys(delegations);
        var roles = delegations.Objects("roles", TrustLimits.MaxDelegations).Select(r => TufRole.Read(r.Text("name"), r, keys)).ToList();
        return roles.Select(static r => r.Name).Distinct(StringComparer.Ordinal).Count() == roles.Count && roles.TrueForAll(r => r.Name.StartsWith(role + "/", StringComparison.Ordinal))
            ? new TargetsMetadata(metadata, roles)
            : throw delegations.Bad("roles", $"a role twice, or one that is not below {role}");
    }

    /// <summary>The file of a target; null when this role does not name it.</summary>
    public FileMeta? Target(string name)
    {
        var member = Metadata.Signed.Members("targets", MaxTargets).FirstOrDefault(m => m.Name == name);
        return member.Value.ValueKind == System.Text.Json.JsonValueKind.Undefined ? null : FileMeta.Read(new JsonFields("targets", "", member.Value));
    }
}
