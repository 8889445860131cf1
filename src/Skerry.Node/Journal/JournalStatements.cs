using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Journal;

/// <summary>The prepared statements of the journal. Used by one thread at a time: first the opener, then the writer.</summary>
internal sealed class JournalStatements : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly List<SqliteCommand> _commands = [];
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _full;
    private readonly SqliteCommand _normal;
    private readonly SqliteCommand _putPod;
    private readonly SqliteCommand _putContainer;
    private readonly SqliteCommand _deletePod;
    private readonly SqliteCommand _deleteContainers;
    private readonly SqliteCommand _appendEvent;
    private readonly SqliteCommand _trimEvents;
    private readonly SqliteCommand _readEvents;
    private bool _isFull;
    private int _eventsSinceTrim;

    internal JournalStatements(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Make("BEGIN IMMEDIATE");
        _commit = Make("COMMIT");
        _rollback = Make("ROLLBACK");
        _full = Make("PRAGMA synchronous=FULL");
        _normal = Make("PRAGMA synchronous=NORMAL");
        _putPod = Make("INSERT INTO pods(id,name,record) VALUES($a,$b,$c) ON CONFLICT(id) DO UPDATE SET name=$b, record=$c", "$a", "$b", "$c");
        _putContainer = Make("INSERT INTO containers(id,pod,record) VALUES($a,$b,$c) ON CONFLICT(id) DO UPDATE SET record=$c", "$a", "$b", "$c");
        _deletePod = Make("DELETE FROM pods WHERE id=$a", "$a");
        _deleteContainers = Make("DELETE FROM containers WHERE pod=$a", "$a");
        _appendEvent = Make("INSERT INTO events(sequence,record) VALUES($a,$b)", "$a", "$b");
        _trimEvents = Make("DELETE FROM events WHERE sequence<=$a", "$a");
        _readEvents = Make("SELECT sequence, record FROM events WHERE sequence>$a ORDER BY sequence LIMIT $b", "$a", "$b");
        _full.ExecuteNonQuery();
        _isFull = true;
    }

    public void Dispose()
    {
        foreach (var command in _commands)
        {
            command.Dispose();
        }
    }

    internal void Begin(bool durable)
    {
        if (durable != _isFull)
        {
            // Allowed only outside a transaction; takes effect with the next commit.
            (durable ? _full : _normal).ExecuteNonQuery();
            _isFull = durable;
        }

        _begin.ExecuteNonQuery();
    }

    internal void Commit() => _commit.ExecuteNonQuery();

    internal void Rollback()
    {
        try
        {
            _rollback.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself (disk full, I/O error): there is no transaction left.
        }
    }

    internal void PutPod(string id, string name, byte[] record) => Run(_putPod, id, name, record);

    internal void PutContainer(string id, string pod, byte[] record) => Run(_putContainer, id, pod, record);

    internal void DeletePod(string id)
    {
        Run(_deleteContainers, id);
        Run(_deletePod, id);
    }

    internal void AppendEvent(long sequence, byte[] record, int kept)
    {
        Run(_appendEvent, sequence, record);
        if (++_eventsSinceTrim >= 1000)
        {
            _eventsSinceTrim = 0;
            Run(_trimEvents, sequence - kept);
        }
    }

    internal void PutMeta(string key, string value)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "INSERT INTO meta(key,value) VALUES($k,$v) ON CONFLICT(key) DO UPDATE SET value=$v";
        command.Parameters.AddWithValue("$k", key);
        command.Parameters.AddWithValue("$v", value);
        command.ExecuteNonQuery();
    }

    internal string? ReadMeta(string key)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE key=$k";
        command.Parameters.AddWithValue("$k", key);
        return command.ExecuteScalar() as string;
    }

    internal long LastEvent()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(sequence),0) FROM events";
        return (long)command.ExecuteScalar()!;
    }

    internal IReadOnlyList<Event> ReadEvents(ulong after, int limit)
    {
        _readEvents.Parameters[0].Value = (long)after;
        _readEvents.Parameters[1].Value = limit;
        var events = new List<Event>();
        using var reader = _readEvents.ExecuteReader();
        while (reader.Read())
        {
            events.Add(Read(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)));
        }

        return events;
    }

    /// <summary>What can no longer be read is told as an event, in its place: nobody who follows them stops there.</summary>
    private static Event Read(long sequence, byte[] record)
    {
        try
        {
            return Event.Parser.ParseFrom(record);
        }
        catch (InvalidProtocolBufferException error)
        {
            return new Event { Sequence = (ulong)sequence, Type = "journal.damaged", Time = Timestamp.FromDateTime(DateTime.UnixEpoch), Attributes = { ["reason"] = error.Message } };
        }
    }

    internal (IReadOnlyList<PodRecord> Pods, IReadOnlyList<ContainerRecord> Containers) Load() =>
        (ReadAll("SELECT record FROM pods", PodRecord.Parser), ReadAll("SELECT record FROM containers", ContainerRecord.Parser));

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }

    private List<T> ReadAll<T>(string sql, MessageParser<T> parser)
        where T : IMessage<T>
    {
        var all = new List<T>();
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            all.Add(parser.ParseFrom(reader.GetFieldValue<byte[]>(0)));
        }

        return all;
    }

    private SqliteCommand Make(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        _commands.Add(command);
        return command;
    }
}
