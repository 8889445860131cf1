using System.Globalization;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>One verification by content trust.</summary>
/// <remarks>
/// As a TUF client (theupdateframework specification §5): 1. from the root that is trusted to the newest, each signed by the one
/// before; 2. timestamp; 3. snapshot; 4. targets and delegated roles; 5. the image. Every file is bounded by what the one above
/// says of it, is signed by enough keys, is not expired, and no older than what was seen.
/// </remarks>
internal sealed class ContentTrustInquiry(Inquiry inquiry, string gun, IContentTrustSource source, ContentTrustPolicy policy, ContentTrustState? state, DateTimeOffset now)
{
    private const int MaxRoot = 512 * 1024;
    private const int MaxTimestamp = 64 * 1024;
    private const string Server = "ask whoever runs the trust server or the mirror; this is what an attack looks like, too";

    private readonly Dictionary<string, int> _versions = state is null ? new(StringComparer.Ordinal) : new(state.Versions, StringComparer.Ordinal);
    private RootMetadata? _root;

    public void Verify(string tag, Descriptor manifest)
    {
        _root = Root(); // 1
        var timestamp = inquiry.Check("timestamp", "fetch the metadata again; a timestamp that expired must be signed again by the server", Timestamp, Words); // 2
        var snapshot = inquiry.Check("snapshot", Server, () => Snapshot(timestamp), Words); // 3
        var targets = inquiry.Check("targets", Server, () => Targets(_root.Role(RoleName.Targets), snapshot) ?? throw new TrustException("the snapshot has no targets"), static t => Words(t.Metadata)); // 4
        foreach (var role in policy.Roles)
        {
            if (Role(role, targets, snapshot, tag) is { } found && found.Metadata.Target(tag) is { } target)
            {
                inquiry.Check("image", "the tag was moved to another image after it was signed, or somebody serves another image; pull by the signed digest", () => Image(target, tag, manifest, role)); // 5
                inquiry.Signer = new Signer($"{role} of {gun}, by keys {string.Join(", ", found.Role.Keys.Select(static k => k.Key.Id[..16]))}");
                return;
            }

            inquiry.NotPresent(role, $"it does not name {tag}");
        }

        inquiry.Check<string>("image", "sign the tag", () => throw new TrustException($"none of the roles {string.Join(", ", policy.Roles)} names {tag}"), static w => w);
    }

    /// <summary>What is to be kept: versions only after a yes, the root as soon as it is proven.</summary>
    public ContentTrustState? State(bool trusted) => _root is null ? null
        : trusted ? new ContentTrustState(_root.Metadata.Raw, _versions)
        : state is null ? null : new ContentTrustState(_root.Metadata.Raw, state.Versions);

    private RootMetadata Root()
    {
        var trusted = state is null ? null : RootMetadata.Read(state.Root);
        var root = inquiry.Check("root", "pin the right root key of this image; a new root must be signed by the key that is trusted", () => trusted is null ? FirstRoot() : LaterRoots(trusted), r =>
            $"version {r.Version}, {(trusted is not null ? trusted.Version == r.Version ? "the one that was trusted before" : $"signed on from version {trusted.Version}" : policy.RootKeys.Count > 0 ? "signed by a pinned key" : "trusted on first use")}");
        inquiry.Check("root expiry", "the owner of the image must sign a new root", () =>
        {
            root.Metadata.NotExpired(RoleName.Root, now);
            inquiry.Until(root.Metadata.Expires);
            return $"good until {Rfc3339.Text(root.Metadata.Expires)}";
        });
        return root;
    }

    private RootMetadata FirstRoot()
    {
        if (policy.RootKeys.Count == 0 && !policy.TrustOnFirstUse)
        {
            throw new TrustException("no root key is pinned, and the policy does not trust on first use");
        }

        var root = RootMetadata.Read(Read(RoleName.Root, MaxRoot) ?? throw new TrustException("there is no root.json"));
        root.Metadata.Verify(root.RootRole(gun, policy.RootKeys, now));
        return root;
    }

    private RootMetadata LaterRoots(RootMetadata trusted)
    {
        trusted.Metadata.Verify(trusted.Role(RoleName.Root));
        var newest = RootMetadata.Read(Read(RoleName.Root, MaxRoot) ?? throw new TrustException("there is no root.json"));
        newest.Metadata.NotBefore(RoleName.Root, trusted.Version);
        if (newest.Version == trusted.Version && !newest.Metadata.IsSame(trusted.Metadata))
        {
            throw new TrustException($"root version {newest.Version} is not the one that was trusted: there are two of that version");
        }

        if (newest.Version - trusted.Version > TrustLimits.MaxRootRotations)
        {
            throw new TrustException($"more than {TrustLimits.MaxRootRotations} new roots");
        }

        while (trusted.Version < newest.Version)
        {
            var next = trusted.Version + 1;
            var name = next.ToString(CultureInfo.InvariantCulture) + ".root";
            var root = next == newest.Version ? newest : RootMetadata.Read(Read(name, MaxRoot) ?? throw new TrustException($"there is no {name}.json, which leads from the root that is trusted to version {newest.Version}"));
            if (root.Version != next)
            {
                throw new TrustException($"{name}.json is version {root.Version}");
            }

            root.Metadata.Verify(trusted.Role(RoleName.Root));
            root.Metadata.Verify(root.RootRole(gun, [], now));
            trusted = root;
        }

        newest.Metadata.Verify(trusted.Role(RoleName.Root));
        return newest;
    }

    private TufMetadata Timestamp()
    {
        var timestamp = TufMetadata.Read(RoleName.Timestamp, Read(RoleName.Timestamp, MaxTimestamp) ?? throw new TrustException("there is no timestamp.json"));
        Accept(timestamp, _root!.Role(RoleName.Timestamp));
        return timestamp;
    }

    private TufMetadata Snapshot(TufMetadata timestamp)
    {
        var meta = timestamp.Meta(RoleName.Snapshot) ?? throw new TrustException("the timestamp does not name the snapshot");
        var snapshot = TufMetadata.Read(RoleName.Snapshot, Listed(RoleName.Snapshot, meta));
        Accept(snapshot, _root!.Role(RoleName.Snapshot));
        return snapshot.Meta(RoleName.Root) is { } root && root.Fits(_root.Metadata.Raw.Span)
            ? snapshot
            : throw new TrustException("the snapshot was made with another root: files of different times are mixed");
    }

    private TargetsMetadata? Targets(TufRole role, TufMetadata snapshot)
    {
        if (snapshot.Meta(role.Name) is not { } meta)
        {
            return null;
        }

        var targets = TargetsMetadata.Read(role.Name, Listed(role.Name, meta));
        Accept(targets.Metadata, role);
        return targets;
    }

    /// <summary>A role that may sign the target, reached over its delegations; null when there is none or it never signed anything.</summary>
    private (TargetsMetadata Metadata, TufRole Role)? Role(string name, TargetsMetadata targets, TufMetadata snapshot, string target)
    {
        if (name != RoleName.Targets && !name.StartsWith(RoleName.Targets + "/", StringComparison.Ordinal))
        {
            return null;
        }

        var (metadata, role) = (targets, _root!.Role(RoleName.Targets));
        foreach (var step in RoleName.Path(name).Skip(1))
        {
            var delegated = metadata.Delegations.FirstOrDefault(d => d.Name == step);
            if (delegated is null || !delegated.Covers(target) || snapshot.Meta(step) is null)
            {
                return null;
            }

            (metadata, role) = (inquiry.Check(step, Server, () => Targets(delegated, snapshot)!, static t => Words(t.Metadata)), delegated);
        }

        return (metadata, role);
    }

    private void Accept(TufMetadata metadata, TufRole role)
    {
        metadata.Verify(role with { Keys = [.. role.Keys.Where(k => k.Certificate is not { } c || c.IsValidAt(now))] });
        metadata.NotBefore(role.Name, _versions.GetValueOrDefault(role.Name));
        metadata.NotExpired(role.Name, now);
        _versions[role.Name] = metadata.Version;
        inquiry.Until(metadata.Expires);
    }

    private static string Image(FileMeta target, string tag, Descriptor manifest, string role)
    {
        var digest = manifest.Digest.Algorithm switch
        {
            Digest.Sha256 => target.Sha256,
            Digest.Sha512 => target.Sha512,
            _ => null,
        };
        return digest is not null && Convert.ToHexStringLower(digest) == manifest.Digest.Hex && target.Length == manifest.Size
            ? $"{role} names {tag} as {manifest.Digest}"
            : throw new TrustException($"{role} names {tag} as {(target.Sha256 is { } h ? "sha256:" + Convert.ToHexStringLower(h) : "another digest")} ({target.Length} bytes), not as {manifest.Digest} ({manifest.Size} bytes)");
    }

    /// <summary>A file that another one lists: by its hash's name where there is one, and exactly as listed.</summary>
    private ReadOnlyMemory<byte> Listed(string role, FileMeta meta)
    {
        var most = (int)Math.Min(meta.Length, TrustLimits.MaxDocument);
        var hashed = meta.Sha256 is { } hash ? Read($"{role}.{Convert.ToHexStringLower(hash)}", most) : null;
        var bytes = hashed ?? Read(role, most) ?? throw new TrustException($"there is no {role}.json, which is listed");
        return meta.Fits(bytes.Span) ? bytes : throw new TrustException($"{role}.json is not the file that is listed: another length or another hash");
    }

    private ReadOnlyMemory<byte>? Read(string name, int maxBytes)
    {
        RoleName.Check(name);
        var bytes = source.Read(name, maxBytes);
        return bytes is { } read && read.Length > maxBytes ? throw new TrustException($"{name}.json is longer than {maxBytes} bytes") : bytes;
    }

    private static string Words(TufMetadata metadata) => $"version {metadata.Version}, good until {Rfc3339.Text(metadata.Expires)}";
}
