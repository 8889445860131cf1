using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Skerry.Node.Journal;

/// <summary>The tables, and their version in user_version (sqlite.org/pragma.html#pragma_user_version).</summary>
internal static class JournalSchema
{
    /// <summary>Raised with every change that an older Skerry cannot read.</summary>
    internal const int Version = 1;

    internal static void Prepare(SqliteConnection connection, string path)
    {
        Execute(connection, "PRAGMA journal_mode=WAL");
        Execute(connection, "PRAGMA wal_autocheckpoint=1000");
        Execute(connection, "PRAGMA cache_size=-512");
        Execute(connection, "PRAGMA temp_store=MEMORY");
        var version = Read(connection, "PRAGMA user_version");
        if (version > Version)
        {
            throw new JournalException($"journal {path} was written by a newer Skerry (schema {version}, this one knows {Version}); install that version again", null);
        }

        var check = ReadText(connection, "PRAGMA quick_check(1)");
        if (check != "ok")
        {
            throw new JournalException($"journal {path} is damaged: {check}; restore it, or move it away to start with an empty node", null);
        }

        Execute(
            connection,
            """
            CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS pods (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, record BLOB NOT NULL) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS containers (id TEXT PRIMARY KEY, pod TEXT NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS containers_by_pod ON containers (pod);
            CREATE TABLE IF NOT EXISTS events (sequence INTEGER PRIMARY KEY, record BLOB NOT NULL);
            """);
        if (version < Version)
        {
            // Written only where it is news: SQLite takes room for it, which a full disk has not.
            Execute(connection, "PRAGMA user_version=" + Version.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Read(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private static string ReadText(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (string)command.ExecuteScalar()!;
    }
}
