using Microsoft.Data.Sqlite;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Mounts;
using Skerry.Node.Journal;

namespace Skerry.Node.Tests.Journal;

/// <summary>What a damaged or failing database does: who asked is told, and the writer goes on.</summary>
public sealed class JournalTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skerry-journal-");

    private string File => Path.Combine(_directory.FullName, "journal.db");

    [Fact]
    public async Task An_event_that_is_damaged_is_told_as_that_and_those_behind_it_are_read()
    {
        await using var journal = Skerry.Node.Journal.Journal.Open(File);
        for (var i = 0; i < 3; i++)
        {
            await journal.AppendEvent(new Event { Type = $"t{i}" });
        }

        Ask("UPDATE events SET record=x'ffffff' WHERE sequence=2");
        Assert.Equal(["t0", "journal.damaged", "t2"], (await journal.ReadEvents(0, 10)).Select(static e => e.Type));
        Assert.Equal([1ul, 2ul, 3ul], (await journal.ReadEvents(0, 10)).Select(static e => e.Sequence));
    }

    [Fact]
    public async Task A_change_that_fails_is_told_to_all_of_its_group_and_the_next_ones_are_made()
    {
        await using var journal = Skerry.Node.Journal.Journal.Open(File);
        await journal.AppendEvent(new Event { Type = "t" });
        Ask("ALTER TABLE pods RENAME TO elsewhere");
        for (var i = 0; i < 50; i++)
        {
            // Those that are given together are committed together; a question that was answered may be among what fails.
            var asked = journal.ReadEvents(0, 1);
            var put = journal.PutPod(new PodRecord { Pod = new Pod { Id = "p", Name = "p" } }, durable: false);
            Assert.Contains("pods", (await Assert.ThrowsAsync<JournalException>(() => put)).Message, StringComparison.Ordinal);
            Assert.Single(await asked);
        }

        Ask("ALTER TABLE elsewhere RENAME TO pods");
        await journal.PutPod(new PodRecord { Pod = new Pod { Id = "p", Name = "p" } }, durable: true);
    }

    [Fact]
    [Trait("Promise", "P-22")]
    public async Task On_a_disk_without_one_free_byte_a_journal_opens_and_takes_changes()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: a small file system is mounted");
        var disk = _directory.CreateSubdirectory("disk").FullName;
        MountTable.Mount("tmpfs", disk, "tmpfs", MountTable.Options.NoSetuid, "size=32m");
        try
        {
            var path = Path.Combine(disk, "journal.db");
            await using (var first = Skerry.Node.Journal.Journal.Open(path))
            {
                await first.PutMeta("instance", "one");
            }

            await using (var ballast = new FileStream(Path.Combine(disk, "ballast"), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 }))
            {
                Assert.Throws<IOException>(() =>
                {
                    for (var i = 0; i < 8192; i++)
                    {
                        ballast.Write(new byte[4096]);
                    }
                });
            }

            await using var again = Skerry.Node.Journal.Journal.Open(path);
            Assert.Equal("one", again.ReadMeta("instance"));
            await again.PutMeta("boot", new string('b', 100_000));
        }
        finally
        {
            MountTable.Detach(disk);
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private void Ask(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
