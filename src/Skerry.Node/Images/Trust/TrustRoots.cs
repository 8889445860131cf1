using System.Text.Json;
using Skerry.Linux;
using Skerry.Node.Configuration;
using Skerry.Node.Journal;
using Skerry.Node.Policy.Trust;
using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Sigstore;
using Skerry.Oci.Trust.Tuf;

namespace Skerry.Node.Images.Trust;

/// <summary>
/// Trusted roots that come from repositories of The Update Framework, as Sigstore publishes its own: fetched, verified, written as <c>roots/NAME.json</c> beside the
/// policies that name them, and brought up to date once a day.
/// </summary>
/// <remarks>
/// Chosen: a repository that is away, or cannot be trusted, leaves the file as it is. What is signed by keys of a root that was right stays so; that nothing newer is known is told.
/// Below <c>trust/tuf/NAME/</c> are the metadata that is trusted and <c>record.json</c>. One fetch at a time.
/// </remarks>
internal sealed class TrustRoots(string state, string policies, RegistryOptions options, TimeFloor time, TimeProvider clock) : IDisposable
{
    private const string RecordName = "record.json";
    private const string UsualTarget = "trusted_root.json";
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Called when a fetch by itself changed a root, or failed otherwise than the one before.</summary>
    internal Action<string, TrustRootRecord, bool>? Told { get; set; }

    /// <summary>The name of a root's file, from the directory of the policies.</summary>
    internal static string FileOf(string name) => $"roots/{name}.json";

    /// <summary>All that were fetched once, by name.</summary>
    internal IReadOnlyList<(string Name, TrustRootRecord Record)> List() =>
        !Directory.Exists(state) ? [] : [.. Directory.EnumerateDirectories(state).Select(Path.GetFileName).Order(StringComparer.Ordinal).Select(name => (name!, Read(name!))).Where(static r => r.Item2 is not null).Select(static r => (r.Item1, r.Item2!))];

    /// <summary>Fetches a root.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="root">The repository's root that is trusted because a person says so; empty: the one that is trusted already.</param>
    /// <param name="asked">From where, and what.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>What is known now, and whether the file is another than before.</returns>
    /// <exception cref="ConfigurationException">It is not known from where, or the name is none.</exception>
    /// <exception cref="TufException">The repository cannot be trusted.</exception>
    /// <exception cref="RegistryException">It does not answer.</exception>
    /// <exception cref="OciFormatException">The file is no trusted root.</exception>
    internal async Task<(TrustRootRecord Record, bool Changed)> FetchAsync(string name, ReadOnlyMemory<byte> root, TrustRootOrder asked, CancellationToken ct)
    {
        if (!TrustPolicyFile.IsName(name))
        {
            throw new ConfigurationException($"'{name}' is no name of a trusted root: a to z, 0 to 9, - and _");
        }

        await _turn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var before = Read(name);
            if (before is null && root.IsEmpty)
            {
                throw new ConfigurationException($"no root of '{name}' is trusted yet; give the repository's root.json, which you got by another way: --root FILE --from URL");
            }

            var from = asked.From.Length > 0 ? asked.From : before?.From ?? throw new ConfigurationException("from where? --from URL, or a directory");
            var targets = asked.Targets.Length > 0 ? asked.Targets : before is not null && asked.From.Length == 0 ? before.Targets : from.TrimEnd('/') + "/targets";
            var record = new TrustRootRecord(from, targets, asked.Target.Length > 0 ? asked.Target : before?.Target ?? UsualTarget, before?.Version ?? 0, before?.FetchedAt, string.Empty);
            var place = Path.Combine(state, name);
            var store = new TufStore(place);
            if (!root.IsEmpty)
            {
                Directory.CreateDirectory(place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                store.Begin(root);
            }

            try
            {
                var (version, content) = await GetAsync(record, store, place, ct).ConfigureAwait(false);
                var changed = Replace(name, content);
                record = record with { Version = version, FetchedAt = clock.GetUtcNow() };
                Write(name, record);
                return (record, changed);
            }
            catch (Exception error) when (error is TufException or RegistryException or OciFormatException or IOException && before is not null)
            {
                Write(name, before with { Problem = error.Message });
                throw;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Brings all up to date once a day, until the node stops.</summary>
    internal async Task Run(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                foreach (var (name, before) in Due())
                {
                    try
                    {
                        var (record, changed) = await FetchAsync(name, default, TrustRootOrder.AsBefore, stopping).ConfigureAwait(false);
                        if (changed)
                        {
                            Told?.Invoke(name, record, true);
                        }
                    }
                    catch (Exception error) when (error is not OperationCanceledException)
                    {
                        // Whatever one repository does, the others are asked, and this one again tomorrow.
                        // The same again is not news.
                        if (before.Problem != error.Message)
                        {
                            Told?.Invoke(name, before with { Problem = error.Message }, false);
                        }
                    }
                }

                await Task.Delay(Every, clock, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private List<(string Name, TrustRootRecord Record)> Due()
    {
        try
        {
            return [.. List().Where(r => r.Record.FetchedAt is not { } at || clock.GetUtcNow() - at >= Every || clock.GetUtcNow() < at)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The disk; doctor tells of it.
            return [];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<(int Version, byte[] Content)> GetAsync(TrustRootRecord record, TufStore store, string place, CancellationToken ct)
    {
        using var server = IsAddress(record.From) ? new TufServer(Address(record.From), Address(record.Targets), options) : null;
        ITufRepository repository = server is not null ? server : new TufMirror(Absolute(record.From), Absolute(record.Targets));
        var client = new TufClient(repository, store, time.Now());
        var target = await client.FindAsync(record.Target, ct).ConfigureAwait(false) ?? throw new TufException($"{record.Target}: the repository does not sign for such a file");
        if (target.Length > TrustLimits.MaxDocument)
        {
            throw new TufException($"{record.Target}: {target.Length} bytes; at most {TrustLimits.MaxDocument} are taken");
        }

        var downloads = Path.Combine(place, "targets");
        Directory.CreateDirectory(downloads);
        var content = await File.ReadAllBytesAsync(await client.DownloadAsync(target, downloads, ct).ConfigureAwait(false), ct).ConfigureAwait(false);

        // One that cannot be read would stop every start: it is not written.
        _ = TrustedRoot.Parse(content);
        return (client.RootVersion, content);
    }

    /// <summary>Whether the file was another.</summary>
    private bool Replace(string name, byte[] content)
    {
        var path = Path.Combine(policies, FileOf(name));
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
        {
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        TrustFiles.Write(path, content);
        return true;
    }

    private TrustRootRecord? Read(string name)
    {
        var path = Path.Combine(state, name, RecordName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), TrustRootJson.Default.TrustRootRecord) : null;
        }
        catch (JsonException)
        {
            // Half of one, after a fault of the disk: as if it had never been fetched.
            return null;
        }
    }

    private void Write(string name, TrustRootRecord record) => TrustFiles.Write(Path.Combine(state, name, RecordName), JsonSerializer.SerializeToUtf8Bytes(record, TrustRootJson.Default.TrustRootRecord));

    private static bool IsAddress(string place) => place.Contains("://", StringComparison.Ordinal);

    private static Uri Address(string place) => Uri.TryCreate(place, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri!
        : throw new ConfigurationException($"'{place}' is no address: https://HOST/PATH, or a directory of this machine");

    private static string Absolute(string place) => Path.IsPathRooted(place) ? place : throw new ConfigurationException($"'{place}': the path of a directory from the root on, or https://HOST/PATH");
}
