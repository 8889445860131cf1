using System.Text.Json;
using System.Text.RegularExpressions;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Network;

/// <summary>
/// The node's own record of who joined what: one file for each pod, replaced whole. Beside it a lock file, which plugins inherit: while
/// it is locked, a plugin that a dead daemon started is still at work.
/// </summary>
internal sealed partial class LeaseStore(string directory, TimeProvider time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(10);

    /// <summary>Ids become file names, environment variables and comments of rules.</summary>
    /// <exception cref="NetworkException">The id has other characters than letters, digits, '_', '.', '-'.</exception>
    internal static void CheckId(string podId)
    {
        if (!IsId(podId))
        {
            throw new NetworkException(
                NetworkFault.Invalid, "the pod's id cannot be used by CNI: it must be 1 to 128 letters, digits, '_', '.' or '-', beginning with a letter or digit", "use another id");
        }
    }

    /// <summary>Whether it can be the id of a pod.</summary>
    internal static bool IsId(string podId) => IdPattern().IsMatch(podId);

    /// <summary>Ids of all pods that have a record, readable or not.</summary>
    internal IReadOnlyList<string> Ids() => Ids("*.json");

    /// <summary>Ids of all pods that have a record or a lock: also those whose join was killed before it wrote anything down.</summary>
    internal IReadOnlyList<string> Touched() => [.. Ids("*.json").Union(Ids("*.lock"), StringComparer.Ordinal)];

    /// <summary>True when the pod has a record.</summary>
    internal bool Has(string podId) => File.Exists(FileOf(podId));

    /// <summary>The record, or null where there is none or it was cut short by a power cut.</summary>
    internal LeaseRecord? Read(string podId)
    {
        try
        {
            var record = JsonSerializer.Deserialize(File.ReadAllBytes(FileOf(podId)), NetworkJson.Default.LeaseRecord);
            return string.Equals(record?.PodId, podId, StringComparison.Ordinal) ? record : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps a record.</summary>
    internal void Write(LeaseRecord record) => AtomicFile.Write(FileOf(record.PodId), JsonSerializer.Serialize(record, NetworkJson.Default.LeaseRecord));

    /// <summary>Forgets a pod.</summary>
    internal void Remove(string podId)
    {
        File.Delete(FileOf(podId));
        File.Delete(LockOf(podId));
    }

    /// <summary>Forgets the lock of a pod that has no record; the caller is the one who works on the pod.</summary>
    internal void RemoveLockWithoutRecord(string podId)
    {
        if (Directory.Exists(directory) && !Has(podId))
        {
            File.Delete(LockOf(podId));
        }
    }

    /// <summary>Takes the pod's lock; waits, up to <paramref name="patience"/>, for a plugin that outlived its daemon.</summary>
    /// <returns>The lock; held until it is closed here and in the plugins that inherited it.</returns>
    internal async Task<FileDescriptor> LockAsync(string podId, TimeSpan patience, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        var file = FileCalls.Open(null, LockOf(podId), OpenFlags.ReadWrite | OpenFlags.Create, 0x180); // 0600
        try
        {
            var begin = time.GetTimestamp();
            while (!FileCalls.TryLock(file) && time.GetElapsedTime(begin) < patience)
            {
                await Task.Delay(Retry, time, cancellation).ConfigureAwait(false);
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private IReadOnlyList<string> Ids(string pattern) =>
        Directory.Exists(directory)
            ? [.. Directory.EnumerateFiles(directory, pattern).Select(static file => Path.GetFileNameWithoutExtension(file)).Where(static id => IdPattern().IsMatch(id))]
            : [];

    private string FileOf(string podId) => Path.Combine(directory, podId + ".json");

    private string LockOf(string podId) => Path.Combine(directory, podId + ".lock");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.\\-]{0,127}\\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex IdPattern();
}
