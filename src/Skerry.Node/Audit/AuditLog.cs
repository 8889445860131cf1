using System.Threading.Channels;
using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>
/// The tamper-evident log of a node. One thread writes; what is given to it meanwhile is written together, in the order it was given, with
/// one signature and one wait for the medium. An entry whose task has completed is on the medium and under a signed checkpoint.
/// </summary>
/// <remarks>
/// States of an entry: given → in the tail (durable) → in a bundle → pruned. An entry that cannot be written (a full disk) fails; the
/// next that can is preceded by one that says how many are missing, and by what was to be said of the log's past when it was opened. docs/formats/audit.md has the files.
/// </remarks>
internal sealed class AuditLog : IAsyncDisposable
{
    /// <summary>First entry of a log.</summary>
    internal const string BeginKind = "log.begin";

    /// <summary>Last entry before the node stopped in order.</summary>
    internal const string CloseKind = "log.close";

    private const int LargestBatch = 4096;

    private readonly AuditWriter _writer;
    private readonly TimeProvider _clock;
    private readonly string _bootId;
    private readonly Channel<Given> _given = Channel.CreateUnbounded<Given>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _done;
    private TaskCompletionSource _grown = New();
    private byte[]? _owed; // an entry that could not be written when the log was opened; the writer's thread alone
    private long _missing; // entries that could not be written since; the writer's thread alone

    /// <summary>Begins to take entries.</summary>
    /// <param name="writer">Grows the files.</param>
    /// <param name="bootId">The machine's boot.</param>
    /// <param name="clock">The time.</param>
    /// <param name="owed">What could not be written of the log's past, and why; it comes before all else.</param>
    internal AuditLog(AuditWriter writer, string bootId, TimeProvider clock, (byte[] Entry, string Why)? owed = null)
    {
        (_writer, _bootId, _clock, _owed, Failure) = (writer, bootId, clock, owed?.Entry, owed?.Why);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _done = done.Task;
        new Thread(() => Write(done)) { IsBackground = true, Name = "audit" }.Start();
    }

    /// <summary>The public key, which auditors keep.</summary>
    internal NoteVerifier Key => _writer.Key;

    /// <summary>The log as it is now.</summary>
    internal AuditView View => _writer.View;

    /// <summary>Called on the writer's thread after each batch that is on the medium, with its checkpoint.</summary>
    internal Action<SignedNote>? Written { get; set; }

    /// <summary>Completes when the log has grown beyond what <see cref="View"/> was before this was read.</summary>
    internal Task Grown => Volatile.Read(ref _grown).Task;

    /// <summary>Why the last batch could not be written; null where it could.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Gives an entry to the log; the task completes with its number when it is on the medium.</summary>
    /// <exception cref="AuditException">By the task: it could not be written.</exception>
    internal Task<long> Append(AuditEntry entry)
    {
        var given = new Given((entry with { Boot = _bootId }).Encode(), new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (given.Entry.Length > EntryBundle.LongestEntry)
        {
            given.Done.SetException(new AuditException($"audit: an entry '{entry.Kind}' of {given.Entry.Length} bytes; the longest is {EntryBundle.LongestEntry}", null));
        }
        else if (!_given.Writer.TryWrite(given))
        {
            given.Done.SetException(new AuditException("audit: the log is closed: the node is stopping", null));
        }

        return given.Done.Task;
    }

    /// <summary>Says that the node stops, and closes the log.</summary>
    public async ValueTask DisposeAsync()
    {
        var closed = Append(new AuditEntry { At = _clock.GetUtcNow(), Kind = CloseKind });
        _given.Writer.TryComplete();
        await _done.ConfigureAwait(false);
        await closed.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default).ConfigureAwait(false);
        _writer.Dispose();
    }

    private void Write(TaskCompletionSource done)
    {
        var batch = new List<Given>();
        var reader = _given.Reader;
        while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            while (batch.Count < LargestBatch && reader.TryRead(out var given))
            {
                batch.Add(given);
            }

            Write(batch);
        }

        done.SetResult();
    }

    private void Write(List<Given> batch)
    {
        var entries = batch.ConvertAll(static g => g.Entry);
        if (_missing > 0)
        {
            entries.Insert(0, Gap($"{_missing} entries before this one could not be written: {Failure}").Encode());
        }

        if (_owed is not null)
        {
            entries.Insert(0, _owed);
        }

        try
        {
            var first = _writer.Append(entries) + entries.Count - batch.Count;
            (_owed, _missing, Failure) = (null, 0, null);
            Written?.Invoke(_writer.View.Checkpoint!);
            Interlocked.Exchange(ref _grown, New()).TrySetResult();
            foreach (var given in batch)
            {
                given.Done.TrySetResult(first++);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _missing += batch.Count;
            Failure = error.Message;
            var failure = new AuditException($"audit: {error.Message}", error);
            foreach (var given in batch)
            {
                given.Done.TrySetException(failure);

                // Who does not wait for it is told by Failure and by the entry that counts what is missing.
                _ = given.Done.Task.Exception;
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AuditEntry Gap(string reason) => new() { At = _clock.GetUtcNow(), Kind = AuditVerification.GapKind, Outcome = "failed", Boot = _bootId, Details = AuditEntry.Values(("reason", reason)) };

    private sealed record Given(byte[] Entry, TaskCompletionSource<long> Done);
}
