using System.Buffers.Binary;
using Skerry.Guard.Audit;
using Skerry.Linux.Mounts;
using Skerry.Node.Audit;

namespace Skerry.Node.Tests.Audit;

/// <summary>The log on a real file system: what is durable, what a power cut leaves, what somebody can do to it.</summary>
public sealed class AuditLogTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("skerry-audit").FullName;
    private string? _trouble;
    private string? _known;

    private string Log => Path.Combine(_place, "audit");

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public async Task Entries_are_found_again_in_their_order_and_the_log_is_whole()
    {
        await using (var log = Open())
        {
            var numbers = await Task.WhenAll(Enumerable.Range(0, 700).Select(i => log.Append(Entry(i))));
            Assert.Equal(Enumerable.Range(1, 700).Select(static n => (long)n), numbers);
            Assert.Empty(Verify(log).Findings);
        }

        await using var again = Open();
        Assert.Null(_trouble);
        var entries = again.View.Entries(0).Select(static e => AuditEntry.Parse(e.Entry)).ToList();
        Assert.Equal(["log.begin", .. Enumerable.Repeat("test", 700), "log.close"], entries.Select(static e => e.Kind));
        Assert.Equal("boot", entries[1].Boot);
        Assert.Empty(Verify(again).Findings);
        Assert.Empty(Verify(again).Gaps);
        Assert.True(File.Exists(Path.Combine(Log, "tile/entries/001")), "full bundles lie where every reader of such logs looks");
        Assert.True(File.Exists(Path.Combine(Log, "tile/1/000.p/2")));
        Assert.False(File.Exists(Path.Combine(Log, "tile/1/000.p/1")), "a tile that has grown leaves no narrower form behind");
    }

    [Fact]
    public async Task The_directory_by_itself_is_a_whole_log_at_any_time()
    {
        await using var log = Open();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => log.Append(Entry(i))));
        var files = new AuditFiles(Log);
        var report = AuditVerification.Verify(SignedNote.Parse(files.ReadText("checkpoint")!), log.Key, files.Read, 0, null, TestContext.Current.CancellationToken);
        Assert.Empty(report.Findings);
        Assert.Equal(512, report.Entries);
    }

    [Theory]
    [InlineData("minimum", "not a number")]
    [InlineData("minimum", "")]
    [InlineData("minimum", "1024")]
    [InlineData("minimum", "7")]
    [InlineData("tail", null)]
    [InlineData("key", null)]
    [InlineData("tile/1/000.p/2", null)]
    public async Task A_file_that_is_not_what_it_should_be_is_damage_and_keeps_no_node_from_starting(string name, string? content)
    {
        await using (var log = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, 600).Select(i => log.Append(Entry(i))));
        }

        var path = Path.Combine(Log, name);
        File.Delete(path);
        if (content is null)
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
        }

        await using var again = Open();
        Assert.Contains(Path.GetFileName(name), _trouble, StringComparison.Ordinal);
        Assert.Contains("the log was set aside as", _trouble, StringComparison.Ordinal);
        Assert.Equal("log.begin", Kinds(again)[0]);
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_file_is_not_waited_for()
    {
        await using (var log = Open())
        {
            await log.Append(Entry(1));
        }

        File.Delete(Path.Combine(Log, "tail"));
        Assert.Equal(0, Make(Path.Combine(Log, "tail")));
        await using var again = Open();
        Assert.Contains("tail: it is a Fifo, not a file", _trouble, StringComparison.Ordinal);

        static int Make(string path)
        {
            using var mkfifo = System.Diagnostics.Process.Start("mkfifo", [path]);
            mkfifo.WaitForExit();
            return mkfifo.ExitCode;
        }
    }

    [Fact]
    public async Task After_kill_9_nothing_that_was_acknowledged_is_missing_and_the_log_says_that_it_was_not_closed()
    {
        var log = Open();
        await log.Append(Entry(1));
        Copy(Log, Log + ".crash");
        await log.DisposeAsync();
        Directory.Delete(Log, recursive: true);
        Directory.Move(Log + ".crash", Log);

        _known = null;
        await using var again = Open();
        Assert.Equal(["log.begin", "test", "log.gap"], Kinds(again));
        Assert.Contains("the daemon ended without closing", Verify(again).Gaps[0].Problem.Replace("node's daemon", "daemon", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_that_a_power_cut_left_unfinished_is_cut_away_wherever_it_ends()
    {
        await using (var log = Open())
        {
            await log.Append(Entry(1));
        }

        _known = null;
        var tail = Path.Combine(Log, "tail");
        var whole = await File.ReadAllBytesAsync(tail, TestContext.Current.CancellationToken);
        var second = 16 + BinaryPrimitives.ReadInt32BigEndian(whole.AsSpan(16));
        for (var length = second; length < whole.Length; length += 7)
        {
            await File.WriteAllBytesAsync(tail, whole[..length], TestContext.Current.CancellationToken);
            using (var files = OpenFiles(out var kinds))
            {
                Assert.Equal("log.begin", kinds[0]);
            }

            // The end of the file was extended, and the content never came.
            await File.WriteAllBytesAsync(tail, [.. whole[..length], .. new byte[500]], TestContext.Current.CancellationToken);
            using (var files = OpenFiles(out var kinds))
            {
                Assert.Equal("log.begin", kinds[0]);
            }
        }

        await File.WriteAllBytesAsync(tail, whole[..second], TestContext.Current.CancellationToken);
        await using var again = Open();
        Assert.Null(_trouble);
        Assert.Equal(["log.begin", "log.gap"], Kinds(again));
        Assert.Empty(Verify(again).Findings);
    }

    [Fact]
    public async Task A_crash_between_tail_and_bundles_is_carried_on()
    {
        await using (var log = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, 254).Select(i => log.Append(Entry(i))));
            Copy(Log, Log + ".before");
            await log.Append(Entry(254));
        }

        // The bundles of afterwards and the tail of before, as when the tail was not yet replaced; it holds one entry too few for a bundle.
        _known = null;
        File.Copy(Path.Combine(Log + ".before", "tail"), Path.Combine(Log, "tail"), overwrite: true);
        File.Delete(Path.Combine(Log, "checkpoint"));
        await using var again = Open();
        Assert.Null(_trouble);
        await again.Append(Entry(255));
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => again.Append(Entry(i))));
        Assert.Empty(Verify(again).Findings);
    }

    [Fact]
    public async Task A_log_that_was_rolled_back_or_rewritten_is_set_aside_and_another_begun_that_says_so()
    {
        await using (var log = Open())
        {
            await log.Append(Entry(1));
        }

        Copy(Log, Log + ".old");
        await using (var log = Open())
        {
            await log.Append(Entry(2));
        }

        Directory.Delete(Log, recursive: true);
        Directory.Move(Log + ".old", Log);
        await using var again = Open();
        Assert.Contains("an older copy was put in its place", _trouble, StringComparison.Ordinal);
        var first = AuditEntry.Parse(again.View.Entries(0).First().Entry);
        Assert.Equal(("log.begin", "failed"), (first.Kind, first.Outcome));
        Assert.Contains("older copy", first.Details["reason"], StringComparison.Ordinal);
        Assert.Contains("skerry.test/log", first.Details["known"], StringComparison.Ordinal);
        Assert.StartsWith("skerry.test/log/", again.Key.Name, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateDirectories(_place, "audit.2*"));
        Assert.Empty(Verify(again).Findings);
    }

    [Fact]
    public async Task A_log_that_is_gone_is_begun_anew_and_says_so()
    {
        await using (var log = Open())
        {
            await log.Append(Entry(1));
        }

        Directory.Delete(Log, recursive: true);
        await using var again = Open();
        Assert.Contains("the audit log is gone", _trouble, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tile/0/000")]
    [InlineData("tile/1/000.p/1")]
    [InlineData("tail")]
    [InlineData("key")]
    public async Task A_file_that_was_changed_is_found_when_the_node_starts(string name)
    {
        await using (var log = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, 300).Select(i => log.Append(Entry(i))));
        }

        var path = Path.Combine(Log, name);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[name == "tile/0/000" ? 5 : bytes.Length / 4] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        await using var again = Open();
        if (name == "tile/0/000")
        {
            // No start reads all old tiles: a verification does.
            Assert.Null(_trouble);
            Assert.NotEmpty(Verify(again).Findings);
        }
        else
        {
            Assert.NotNull(_trouble);
            Assert.Empty(Verify(again).Findings);
        }
    }

    [Fact]
    public async Task Old_entries_are_pruned_and_the_rest_is_whole()
    {
        await using (var log = Open(keep: 100_000))
        {
            for (var i = 0; i < 8; i++)
            {
                await Task.WhenAll(Enumerable.Range(0, 300).Select(n => log.Append(Entry(n))));
            }

            Assert.InRange(log.View.Minimum, 1024, 2304);
            Assert.Empty(Verify(log).Findings);
            Assert.False(File.Exists(Path.Combine(Log, "tile/entries/000")));
            Assert.Equal(log.View.Minimum, log.View.Entries(0).First().Number);
        }

        await using var again = Open(keep: 100_000);
        Assert.Null(_trouble);
        Assert.Empty(Verify(again).Findings);
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_fails_its_entries_and_counts_them_when_it_can_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: a small file system is mounted");
        MountTable.Mount("tmpfs", Directory.CreateDirectory(Log).FullName, "tmpfs", MountTable.Options.NoSetuid, "size=64k");
        try
        {
            await using var log = Open();
            await log.Append(Entry(1));
            var ballast = Path.Combine(Log, "ballast");
            await using (var filler = new FileStream(ballast, FileMode.CreateNew))
            {
                Assert.Throws<IOException>(() =>
                {
                    filler.Write(new byte[128 << 10]);
                    filler.Flush();
                });
            }

            // What is left of the tail's last page is filled first.
            var lost = 0;
            while (log.Failure is null)
            {
                await log.Append(Entry(2)).ContinueWith(static _ => { }, TaskScheduler.Default);
            }

            lost++;
            await Assert.ThrowsAsync<AuditException>(() => log.Append(Entry(3)));
            lost++;
            var size = log.View.Size;
            File.Delete(ballast);
            Assert.Equal(size + 1, await log.Append(Entry(4)));
            Assert.Null(log.Failure);
            Assert.Equal(["log.gap", "test"], Kinds(log).TakeLast(2));
            Assert.StartsWith($"{lost} entries before this one could not be written", Verify(log).Gaps[0].Problem, StringComparison.Ordinal);
            Assert.Empty(Verify(log).Findings);
        }
        finally
        {
            MountTable.Detach(Log);
        }
    }

    [Fact]
    public async Task A_log_that_was_not_closed_opens_on_a_full_disk_and_says_what_is_missing_when_there_is_room()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: a small file system is mounted");
        MountTable.Mount("tmpfs", Directory.CreateDirectory(Log).FullName, "tmpfs", MountTable.Options.NoSetuid, "size=64k");
        try
        {
            var ballast = Path.Combine(Log, "ballast");
            await using (var log = Open())
            {
                await log.Append(Entry(1));
                await using (var filler = new FileStream(ballast, FileMode.CreateNew))
                {
                    Assert.Throws<IOException>(() =>
                    {
                        filler.Write(new byte[128 << 10]);
                        filler.Flush();
                    });
                }

                while (log.Failure is null)
                {
                    await log.Append(Entry(2)).ContinueWith(static _ => { }, TaskScheduler.Default);
                }

                // It cannot be closed either, as by a kill.
            }

            await using var again = Open();
            Assert.Null(_trouble);
            Assert.Contains("No space", again.Failure, StringComparison.Ordinal);
            await Assert.ThrowsAsync<AuditException>(() => again.Append(Entry(3)));
            var size = again.View.Size;
            File.Delete(ballast);
            Assert.Equal(size + 2, await again.Append(Entry(4)));
            Assert.Null(again.Failure);
            Assert.Equal(["log.gap", "log.gap", "test"], Kinds(again).TakeLast(3));
            Assert.Equal(2, Verify(again).Gaps.Count);
            Assert.Contains("without closing the log", Verify(again).Gaps[0].Problem, StringComparison.Ordinal);
            Assert.StartsWith("1 entries before this one could not be written", Verify(again).Gaps[1].Problem, StringComparison.Ordinal);
            await again.Append(Entry(5));
            Assert.Equal("test", Kinds(again)[^1]);
            Assert.Equal(size + 4, again.View.Size);
            Assert.Empty(Verify(again).Findings);
        }
        finally
        {
            MountTable.Detach(Log);
        }
    }

    [Theory]
    [InlineData(10, "tile")]
    [InlineData(300, "tile/entries/001.new")]
    public async Task A_log_whose_bundles_find_no_place_is_whole_and_stays_the_one_it_is(int before, string inTheWay)
    {
        await using (var log = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, before).Select(i => log.Append(Entry(i))));

            // Bundles fail as on a full disk, and the tail does not.
            var path = Path.Combine(Log, inTheWay);
            if (before < TileName.Full)
            {
                await File.WriteAllTextAsync(path, string.Empty, TestContext.Current.CancellationToken);
            }
            else
            {
                Directory.CreateDirectory(path);
            }

            await Task.WhenAll(Enumerable.Range(0, 900).Select(i => log.Append(Entry(i))));
            Assert.Empty(Verify(log).Findings);
        }

        await using (var again = Open())
        {
            Assert.Null(_trouble);
            await again.Append(Entry(1));
            Assert.Empty(Verify(again).Findings);
        }

        File.Delete(Path.Combine(Log, before < TileName.Full ? inTheWay : "nothing"));
        if (before >= TileName.Full)
        {
            Directory.Delete(Path.Combine(Log, inTheWay));
        }

        await using var mended = Open();
        Assert.Null(_trouble);
        Assert.Empty(Verify(mended).Findings);
        Assert.True(File.Exists(Path.Combine(Log, "tile/entries/002")));
        Assert.Equal("skerry.test/log", mended.Key.Name);
    }

    [Fact]
    public async Task An_entry_that_no_bundle_can_hold_is_refused_alone()
    {
        await using var log = Open();
        var large = Entry(1) with { Details = AuditEntry.Values([.. Enumerable.Range(0, 24).Select(static i => ($"n{i}", (string?)new string('\u0001', 2000)))]) };
        await Assert.ThrowsAsync<AuditException>(() => log.Append(large));
        Assert.Equal(1, await log.Append(Entry(2)));
    }

    private static AuditEntry Entry(int number) => new()
    {
        At = DateTimeOffset.UnixEpoch.AddSeconds(number),
        Kind = "test",
        Details = AuditEntry.Values(("number", number.ToString(System.Globalization.CultureInfo.InvariantCulture))),
    };

    private static AuditReport Verify(AuditLog log)
    {
        var view = log.View;
        return AuditVerification.Verify(view.Checkpoint!, log.Key, view.Read, view.Minimum, null, TestContext.Current.CancellationToken);
    }

    private static List<string> Kinds(AuditLog log) => [.. log.View.Entries(0).Select(static e => AuditEntry.Parse(e.Entry).Kind)];

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>What the next start of a node would find, without letting it go on.</summary>
    private AuditTail OpenFiles(out List<string> kinds)
    {
        var files = new AuditFiles(Log);
        var tail = AuditTail.Open(files, static (_, _) => true)!;
        kinds = [.. tail.Batches.SelectMany(static b => b.Entries).Select(static e => AuditEntry.Parse(e).Kind)];
        return tail;
    }

    private AuditLog Open(long keep = long.MaxValue)
    {
        var log = AuditOpening.Open(new AuditOptions { Directory = Log, Origin = "skerry.test/log", Keep = keep, BootId = "boot", Known = _known }, TimeProvider.System, out _trouble);
        log.Written = checkpoint => _known = checkpoint.ToString();
        return log;
    }
}
