using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>A root: which keys may sign the roles at the top (TUF 1.0.33 §4.3).</summary>
internal sealed class RootFile
{
    private static readonly string[] Names = [TopRole.Root, TopRole.Timestamp, TopRole.Snapshot, TopRole.Targets];

    private readonly Dictionary<string, RoleKeys> _roles;

    private RootFile(MetadataFile file, bool hasConsistentSnapshots, Dictionary<string, RoleKeys> roles) => (File, HasConsistentSnapshots, _roles) = (file, hasConsistentSnapshots, roles);

    internal MetadataFile File { get; }

    /// <summary>Names of files begin with their version or hash (§6.2).</summary>
    internal bool HasConsistentSnapshots { get; }

    /// <exception cref="TufException">It is no root.</exception>
    internal static RootFile Read(ReadOnlyMemory<byte> bytes)
    {
        var file = MetadataFile.Read(TopRole.Root, TopRole.Root, bytes, TufLimits.MaxRoot);
        return file.Read(signed =>
        {
            var keys = RoleKeys.ReadKeys(signed);
            var roles = signed.Object("roles");
            var consistent = signed.Element.TryGetProperty("consistent_snapshot", out var value) && value.ValueKind == System.Text.Json.JsonValueKind.True;
            return new RootFile(file, consistent, Names.ToDictionary(static n => n, n => RoleKeys.Read(n, roles.Object(n), keys), StringComparer.Ordinal));
        });
    }

    internal RoleKeys Keys(string role) => _roles[role];
}
