using Skerry.Oci.Manifests;

namespace Skerry.Oci.Trust.Tuf;

/// <summary>A client of The Update Framework (TUF 1.0.33 §5, "Detailed client workflow"): learns what a repository signs for, and gets it.</summary>
/// <remarks>
/// Everything that a repository sends is taken for hostile until enough keys signed it; a file that is refused changes nothing of what is trusted. All times are compared with the one
/// given (§5.1). Not for several threads, and one client at a time for a store.
/// </remarks>
/// <param name="repository">Where files come from.</param>
/// <param name="store">What is trusted.</param>
/// <param name="now">The present time.</param>
public sealed class TufClient(ITufRepository repository, TufStore store, DateTimeOffset now)
{
    private readonly Dictionary<string, TargetsFile> _targets = new(StringComparer.Ordinal);
    private RootFile? _root;
    private Dictionary<string, FileEntry> _snapshot = [];

    /// <summary>The version of the root that is trusted; 0 before the first refresh.</summary>
    public int RootVersion => _root?.File.Version ?? 0;

    /// <summary>Brings the roles at the top up to date: root, timestamp, snapshot, targets.</summary>
    /// <exception cref="TufException">The repository cannot be trusted, or has nothing newer than what expired.</exception>
    /// <exception cref="IOException">It cannot be asked, or the store not be written.</exception>
    public async Task RefreshAsync(CancellationToken ct)
    {
        _targets.Clear();
        _root = await RootAsync(ct).ConfigureAwait(false);
        var timestamp = await TimestampAsync(_root, ct).ConfigureAwait(false);
        _snapshot = await SnapshotAsync(_root, timestamp, ct).ConfigureAwait(false);
        await TargetsAsync(TopRole.Targets, _root.Keys(TopRole.Targets), ct).ConfigureAwait(false);
    }

    /// <summary>What the repository says of a target: asked of the role <c>targets</c> and then of those that it delegates to, depth first (§5.6.7).</summary>
    /// <returns>Null: no role that may sign for it names it.</returns>
    /// <exception cref="TufException">A role that must be asked cannot be trusted.</exception>
    /// <exception cref="IOException">It cannot be asked, or the store not be written.</exception>
    public async Task<TufTarget?> FindAsync(string path, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (_root is null)
        {
            await RefreshAsync(ct).ConfigureAwait(false);
        }

        var waiting = new Stack<(string Role, RoleKeys Keys)>([(TopRole.Targets, _root!.Keys(TopRole.Targets))]);
        var visited = new HashSet<string>(StringComparer.Ordinal);
        while (visited.Count <= TufLimits.MaxRoles && waiting.TryPop(out var next))
        {
            if (!visited.Add(next.Role))
            {
                continue;
            }

            var file = await TargetsAsync(next.Role, next.Keys, ct).ConfigureAwait(false);
            if (file.Target(path) is { } found)
            {
                return found;
            }

            var below = file.For(path).ToList();
            var last = below.FindIndex(static d => d.IsTerminating);
            if (last >= 0)
            {
                // Nobody else is asked than those up to it, and who is below them.
                waiting.Clear();
                below.RemoveRange(last + 1, below.Count - last - 1);
            }

            foreach (var delegation in Enumerable.Reverse(below))
            {
                waiting.Push((delegation.Name, delegation.Keys));
            }
        }

        return null;
    }

    /// <summary>Gets a target into a directory (§5.7). One that is there already is not asked for again.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="TufException">The repository does not have it, or has another content.</exception>
    /// <exception cref="IOException">It cannot be asked, or the directory not be written.</exception>
    public async Task<string> DownloadAsync(TufTarget target, string directory, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_root is null)
        {
            await RefreshAsync(ct).ConfigureAwait(false);
        }

        var path = Path.Combine(directory, target.FileName);
        if (File.Exists(path))
        {
            using var there = File.OpenRead(path);
            if (await target.IsContentAsync(there, ct).ConfigureAwait(false))
            {
                return path;
            }
        }

        // §5.7.3: with consistent snapshots, HASH.NAME in the same directory.
        var slash = target.Path.LastIndexOf('/') + 1;
        var from = _root!.HasConsistentSnapshots ? $"{target.Path[..slash]}{target.Hash}.{target.Path[slash..]}" : target.Path;
        var partial = path + ".partial";
        try
        {
            using (var file = new FileStream(partial, FileMode.Create, FileAccess.ReadWrite))
            {
                if (!await repository.TargetAsync(from, target.Length, file, ct).ConfigureAwait(false))
                {
                    throw new TufException($"{JsonGuard.Printable(target.Path)}: the repository signs for it and does not have it");
                }

                file.Position = 0;
                if (!await target.IsContentAsync(file, ct).ConfigureAwait(false))
                {
                    throw new TufException($"{JsonGuard.Printable(target.Path)}: the repository has another content than it signs for");
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
            return path;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>§5.3: each root is signed by the keys of the one before and by its own.</summary>
    private async Task<RootFile> RootAsync(CancellationToken ct)
    {
        var root = RootFile.Read(store.Read(TopRole.Root, TufLimits.MaxRoot) ?? throw new TufException("no root is trusted yet: begin with one that you got by another way"));
        root.Keys(TopRole.Root).Check(root.File);
        for (var i = 0; i < TufLimits.MaxRotations; i++)
        {
            var version = root.File.Version + 1;
            if (await repository.MetadataAsync($"{version}.root.json", TufLimits.MaxRoot, ct).ConfigureAwait(false) is not { } bytes)
            {
                break;
            }

            var next = RootFile.Read(bytes);
            root.Keys(TopRole.Root).Check(next.File);
            next.Keys(TopRole.Root).Check(next.File);
            if (next.File.Version != version)
            {
                throw new TufException($"root: version {version} was asked for, and the file says {next.File.Version}");
            }

            store.Write(TopRole.Root, bytes.Span);
            root = next;
        }

        root.File.CheckFresh(now);
        return root;
    }

    /// <summary>§5.4. What is kept and is not signed by the keys of now was before a recovery (§5.3.11) and counts for nothing.</summary>
    private async Task<FileEntry> TimestampAsync(RootFile root, CancellationToken ct)
    {
        var keys = root.Keys(TopRole.Timestamp);
        var kept = Kept(TopRole.Timestamp, keys, TufLimits.MaxTimestamp);
        var bytes = await repository.MetadataAsync("timestamp.json", TufLimits.MaxTimestamp, ct).ConfigureAwait(false) ?? throw Missing("timestamp.json");
        var file = MetadataFile.Read(TopRole.Timestamp, TopRole.Timestamp, bytes, TufLimits.MaxTimestamp);
        keys.Check(file);
        if (kept is not null && file.Version < kept.Version)
        {
            throw new TufException($"timestamp: version {file.Version}, and version {kept.Version} was seen before: somebody rolls it back");
        }

        // The same version is the same file: whatever else it says now is not looked at.
        var trusted = kept?.Version == file.Version ? kept : file;
        var snapshot = SnapshotOf(trusted);
        if (kept is not null && SnapshotOf(kept) is { } before && snapshot.Version < before.Version)
        {
            throw new TufException($"timestamp: it leads to version {snapshot.Version} of snapshot, and version {before.Version} was seen before: somebody rolls it back");
        }

        trusted.CheckFresh(now);
        if (trusted == file)
        {
            store.Write(TopRole.Timestamp, bytes.Span);
        }

        return snapshot;
    }

    /// <summary>§5.5.</summary>
    private async Task<Dictionary<string, FileEntry>> SnapshotAsync(RootFile root, FileEntry wanted, CancellationToken ct)
    {
        var keys = root.Keys(TopRole.Snapshot);
        var kept = Kept(TopRole.Snapshot, keys, TufLimits.MaxSnapshot);
        if (kept is not null && IsCurrent(kept, wanted))
        {
            return Entries(kept);
        }

        var file = await FetchAsync(wanted, TopRole.Snapshot, keys, TufLimits.MaxSnapshot, ct).ConfigureAwait(false);
        var entries = Entries(file);
        foreach (var before in kept is null ? Enumerable.Empty<FileEntry>() : Entries(kept).Values)
        {
            if (!entries.TryGetValue(before.Role, out var after) || after.Version < before.Version)
            {
                throw new TufException($"snapshot, version {file.Version}: {JsonGuard.Printable(before.Role)} is {(after is null ? "gone" : $"version {after.Version}")}, and was version {before.Version}: somebody rolls it back");
            }
        }

        store.Write(TopRole.Snapshot, file.Bytes.Span);
        return entries;
    }

    /// <summary>§5.6, for the role <c>targets</c> and those that are delegated.</summary>
    private async Task<TargetsFile> TargetsAsync(string role, RoleKeys keys, CancellationToken ct)
    {
        if (_targets.TryGetValue(role, out var known))
        {
            // Another role may delegate to it by other keys.
            keys.Check(known.File);
            return known;
        }

        var wanted = _snapshot.GetValueOrDefault(role) ?? throw new TufException($"{JsonGuard.Printable(role)}: the snapshot does not name it");
        var kept = Kept(role, keys, TufLimits.MaxTargets);
        var file = kept is not null && IsCurrent(kept, wanted) ? kept : await FetchAsync(wanted, TopRole.Targets, keys, TufLimits.MaxTargets, ct).ConfigureAwait(false);
        var targets = TargetsFile.Read(file);
        if (file != kept)
        {
            store.Write(role, file.Bytes.Span);
        }

        _targets.Add(role, targets);
        return targets;
    }

    private async Task<MetadataFile> FetchAsync(FileEntry wanted, string type, RoleKeys keys, int limit, CancellationToken ct)
    {
        var name = $"{(_root?.HasConsistentSnapshots != false ? $"{wanted.Version}." : string.Empty)}{TufStore.Quote(wanted.Role)}.json";
        var bytes = await repository.MetadataAsync(name, wanted.Most(limit), ct).ConfigureAwait(false) ?? throw Missing(name);
        wanted.CheckBytes(bytes.Span);
        var file = MetadataFile.Read(wanted.Role, type, bytes, limit);
        keys.Check(file);
        wanted.CheckVersion(file);
        file.CheckFresh(now);
        return file;
    }

    /// <summary>What is in the store; null where nothing is, or nothing that these keys signed.</summary>
    private MetadataFile? Kept(string role, RoleKeys keys, int limit)
    {
        try
        {
            if (store.Read(role, limit) is not { } bytes)
            {
                return null;
            }

            var file = MetadataFile.Read(role, role is TopRole.Timestamp or TopRole.Snapshot ? role : TopRole.Targets, bytes, limit);
            keys.Check(file);
            return file;
        }
        catch (TufException)
        {
            return null;
        }
    }

    private bool IsCurrent(MetadataFile kept, FileEntry wanted)
    {
        try
        {
            wanted.CheckBytes(kept.Bytes.Span);
            wanted.CheckVersion(kept);
            kept.CheckFresh(now);
            return true;
        }
        catch (TufException)
        {
            return false;
        }
    }

    private static Dictionary<string, FileEntry> Entries(MetadataFile snapshot) => snapshot.Read(FileEntry.ReadAll);

    private static FileEntry SnapshotOf(MetadataFile timestamp) =>
        Entries(timestamp).GetValueOrDefault(TopRole.Snapshot) ?? throw new TufException("timestamp: it does not name snapshot.json");

    private static TufException Missing(string name) => new($"{name}: the repository does not have it");
}
