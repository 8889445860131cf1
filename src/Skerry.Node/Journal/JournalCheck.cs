using Microsoft.Data.Sqlite;

namespace Skerry.Node.Journal;

/// <summary>Looks at a journal that is in use, through a connection of its own that cannot write.</summary>
internal static class JournalCheck
{
    /// <summary>"ok", or what is wrong first (sqlite.org/pragma.html#pragma_quick_check).</summary>
    /// <exception cref="JournalException">It cannot be read.</exception>
    internal static string Run(string path)
    {
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA quick_check(1)";
            return (string)command.ExecuteScalar()!;
        }
        catch (SqliteException error)
        {
            throw new JournalException($"journal {path}: {error.Message}", error);
        }
    }
}
