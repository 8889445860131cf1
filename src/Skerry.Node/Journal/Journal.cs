using System.Diagnostics;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Meters;

namespace Skerry.Node.Journal;

/// <summary>
/// What the node knows about itself, in SQLite (WAL). One thread writes; callers' changes are committed in groups, in the order
/// they were given. A change that promises durability is on the medium when its task completes (synchronous=FULL, one fsync a group);
/// any other survives a crash of the daemon, not a power cut.
/// </summary>
internal sealed class Journal : IAsyncDisposable
{
    /// <summary>SQLITE_FULL (sqlite.org/rescode.html#full).</summary>
    private const int FullDisk = 13;

    /// <summary>SQLITE_IOERR_SHMSIZE (sqlite.org/rescode.html#ioerr_shmsize): no room for the index of the write-ahead log, which is made anew by who opens it first.</summary>
    private const int NoRoomForIndex = 4874;

    /// <summary>Events older than the newest this many are forgotten.</summary>
    private const int EventsKept = 20_000;

    private readonly SqliteConnection _connection;
    private readonly JournalStatements _statements;
    private readonly JournalReserve _reserve;
    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writer;
    private long _sequence;

    private Journal(SqliteConnection connection, JournalReserve reserve)
    {
        _reserve = reserve;
        _connection = connection;
        _statements = new JournalStatements(connection);
        _sequence = _statements.LastEvent();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _writer = done.Task;
        new Thread(() => Write(done)) { IsBackground = true, Name = "journal" }.Start();
    }

    /// <summary>Opens or makes the journal.</summary>
    /// <exception cref="JournalException">It cannot be opened, is damaged, or was written by a newer Skerry.</exception>
    public static Journal Open(string path)
    {
        // The reserve first: on a full disk there is no opening without a part of it.
        var reserve = new JournalReserve(path);
        try
        {
            while (true)
            {
                var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
                try
                {
                    connection.Open();
                    JournalSchema.Prepare(connection, path);
                    return new Journal(connection, reserve);
                }
                catch (SqliteException error)
                {
                    connection.Dispose();
                    if (!IsFull(error) || !reserve.Spend())
                    {
                        throw new JournalException(
                            $"journal {path}: {error.Message}; {(IsFull(error) ? "free space on the disk of the node's root" : "move it away to start with an empty node (running pods will be swept)")}", error);
                    }
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            }
        }
        catch
        {
            reserve.Dispose();
            throw;
        }
    }

    /// <summary>Every pod, with its containers, as they were last written.</summary>
    public (IReadOnlyList<PodRecord> Pods, IReadOnlyList<ContainerRecord> Containers) Load() => _statements.Load();

    /// <summary>A value of the node itself (its instance id, its last boot), or null.</summary>
    public string? ReadMeta(string key) => _statements.ReadMeta(key);

    /// <summary>Events after a sequence number, oldest first, at most <paramref name="limit"/>.</summary>
    public Task<IReadOnlyList<Event>> ReadEvents(ulong after, int limit)
    {
        var answer = new TaskCompletionSource<IReadOnlyList<Event>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(new Change(() => answer.TrySetResult(_statements.ReadEvents(after, limit)), Durable: false, error => answer.TrySetException(error)));
        return answer.Task;
    }

    /// <summary>Writes a value of the node itself.</summary>
    public Task PutMeta(string key, string value, bool durable = true) => Apply(() => _statements.PutMeta(key, value), durable);

    /// <summary>Writes a pod.</summary>
    public Task PutPod(PodRecord pod, bool durable)
    {
        var bytes = pod.ToByteArray();
        var (id, name) = (pod.Pod.Id, pod.Pod.Name);
        return Apply(() => _statements.PutPod(id, name, bytes), durable);
    }

    /// <summary>Writes a container.</summary>
    public Task PutContainer(ContainerRecord container, bool durable)
    {
        var bytes = container.ToByteArray();
        var (id, pod) = (container.Container.Id, container.Container.PodId);
        return Apply(() => _statements.PutContainer(id, pod, bytes), durable);
    }

    /// <summary>Forgets a pod and its containers.</summary>
    public Task DeletePod(string id, bool durable) => Apply(() => _statements.DeletePod(id), durable);

    /// <summary>Appends an event; its sequence number is set here.</summary>
    public Task AppendEvent(Event happened, bool durable = false)
    {
        happened.Sequence = (ulong)Interlocked.Increment(ref _sequence);
        var bytes = happened.ToByteArray();
        var sequence = (long)happened.Sequence;
        return Apply(() => _statements.AppendEvent(sequence, bytes, EventsKept), durable);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _changes.Writer.TryComplete();
        await _writer.ConfigureAwait(false);
        _statements.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
        _reserve.Dispose();
    }

    private static bool IsFull(SqliteException error) => error.SqliteErrorCode == FullDisk || error.SqliteExtendedErrorCode == NoRoomForIndex;

    private Task Apply(Action statement, bool durable)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(new Change(statement, durable, error => done.TrySetException(error), done));
        return done.Task;
    }

    private void Enqueue(Change change)
    {
        if (!_changes.Writer.TryWrite(change))
        {
            change.Failed(new JournalException("the journal is closed: the node is stopping", null));
        }
    }

    private void Write(TaskCompletionSource done)
    {
        var group = new List<Change>();
        var reader = _changes.Reader;
        while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            while (group.Count < 256 && reader.TryRead(out var change))
            {
                group.Add(change);
            }

            Commit(group);
        }

        done.SetResult();
    }

    private void Commit(List<Change> group)
    {
        var durable = group.Exists(static change => change.Durable);
        var began = Stopwatch.GetTimestamp();
        try
        {
            _statements.Begin(durable);
            foreach (var change in group)
            {
                change.Statement();
            }

            _statements.Commit();
        }
        catch (Exception error)
        {
            // Whatever it is: the writer goes on, and who asked is told. The daemon would end with its thread.
            _statements.Rollback();
            var isFull = error is SqliteException refused && IsFull(refused);
            if (isFull && _reserve.Spend())
            {
                Commit(group);
                return;
            }

            if (group.Count > 1)
            {
                // One that cannot be made takes none of the others with it.
                group.ForEach(change => Commit([change]));
                return;
            }

            var failure = new JournalException($"journal: {error.Message}{(isFull ? "; free space on the disk of the node's root" : string.Empty)}", error);
            foreach (var change in group)
            {
                change.Failed(failure);
            }

            return;
        }

        _reserve.Refill();
        NodeMeters.Commits.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
        foreach (var change in group)
        {
            change.Done?.TrySetResult();
        }
    }

    private sealed record Change(Action Statement, bool Durable, Action<Exception> Failed, TaskCompletionSource? Done = null);
}
