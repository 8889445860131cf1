using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>What a targets role signs: files, and roles that sign for it (TUF 1.0.33 §4.5).</summary>
internal sealed class TargetsFile
{
    private readonly IReadOnlyList<Delegation> _delegations;
    private readonly JsonFields? _bins;
    private readonly Dictionary<string, RoleKey> _keys;

    private TargetsFile(MetadataFile file, IReadOnlyList<Delegation> delegations, JsonFields? bins, Dictionary<string, RoleKey> keys) =>
        (File, _delegations, _bins, _keys) = (file, delegations, bins, keys);

    internal MetadataFile File { get; }

    /// <exception cref="TufException">It is no such file.</exception>
    internal static TargetsFile Read(MetadataFile file) => file.Read(signed =>
    {
        if (signed.ObjectOrNull("delegations") is not { } delegations)
        {
            return new TargetsFile(file, [], null, []);
        }

        var keys = RoleKeys.ReadKeys(delegations);
        var roles = delegations.Objects("roles", TufLimits.MaxEntries).Select(r => Delegation.Read(r, keys)).ToList();
        if (roles.Select(static r => r.Name).Distinct(StringComparer.Ordinal).Count() != roles.Count)
        {
            throw delegations.Bad("roles", "one of them twice");
        }

        return new TargetsFile(file, roles, delegations.ObjectOrNull("succinct_roles"), keys);
    });

    /// <summary>What it says of a target; null where it does not name it.</summary>
    internal TufTarget? Target(string path) => File.Read(signed =>
    {
        foreach (var member in signed.Members("targets", TufLimits.MaxEntries))
        {
            if (member.Name == path)
            {
                var fields = new JsonFields("target", "", member.Value);
                var length = fields.Number("length");
                return length >= 0 && FileHashes.Read(fields) is { } hashes ? new TufTarget(path, length, hashes) : throw fields.Bad("", "a negative length, or no hashes");
            }
        }

        return null;
    });

    /// <summary>The roles that may sign for a target, in their order.</summary>
    internal IEnumerable<Delegation> For(string path) =>
        File.Read(_ => Delegation.OfBins(_bins, _keys, path)) is { } bin ? [bin] : _delegations.Where(d => d.Covers(path));
}
