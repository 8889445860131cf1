using Skerry.Guard.Audit;

namespace Skerry.Guard.Tests.Audit;

/// <summary>What somebody can do to a log's files, and that it is found.</summary>
public sealed class VerificationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(700)]
    [InlineData(66_000)]
    public void A_log_that_nobody_touched_is_whole(int size)
    {
        var report = new MemoryLog(size).Verify();
        Assert.Empty(report.Findings);
        Assert.Equal(size, report.Entries);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void A_bundle_that_was_cut_is_named(int length)
    {
        var log = new MemoryLog(700);
        var name = TileName.Bundle(1, 700);
        log.Files[name] = log.Files[name][..length];
        Assert.Contains(log.Verify().Findings, f => f.Place == name.ToString());
    }

    [Fact]
    public void One_bit_that_is_flipped_in_any_file_is_found()
    {
        var log = new MemoryLog(300);
        var random = new Random(20261127);
        foreach (var file in log.Files.Values)
        {
            for (var i = 0; i < 200; i++)
            {
                var (at, bit) = (random.Next(file.Length), (byte)(1 << random.Next(8)));
                file[at] ^= bit;
                Assert.NotEmpty(log.Verify().Findings);
                file[at] ^= bit;
            }

        }

        Assert.Empty(log.Verify().Findings);
    }

    [Fact]
    public void Entries_that_are_altered_cut_or_reordered_are_found_though_all_tiles_fit_them()
    {
        foreach (var change in (Action<List<byte[]>>[])
                 [
                     static e => e[17] = MemoryLog.Entry(4711),
                     static e => e.RemoveAt(e.Count - 1),
                     static e => e.RemoveAt(5),
                     static e => (e[3], e[4]) = (e[4], e[3]),
                     static e => e.Add(MemoryLog.Entry(9999)),
                 ])
        {
            var log = new MemoryLog(300);
            var signed = log.Checkpoint;
            log.Rewrite(change);
            log.Checkpoint = signed;
            Assert.NotEmpty(log.Verify().Findings);
        }
    }

    [Fact]
    public void Who_has_the_key_and_rewrites_the_past_is_found_by_a_checkpoint_that_somebody_kept()
    {
        var log = new MemoryLog(300);
        var known = log.Head;
        log.Rewrite(static e => e.Add(MemoryLog.Entry(300)));
        Assert.Empty(log.Verify(known).Findings);

        log.Rewrite(static e => e[17] = MemoryLog.Entry(4711));
        Assert.Empty(log.Verify().Findings);
        Assert.Contains("the past was rewritten", Assert.Single(log.Verify(known).Findings).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_was_rolled_back_to_an_older_copy_is_found_by_a_checkpoint_that_somebody_kept()
    {
        var log = new MemoryLog(300);
        var known = log.Head;
        log.Rewrite(static e => e.RemoveRange(256, 44));
        Assert.Empty(log.Verify().Findings);
        Assert.Contains("entries were cut, or an older copy", Assert.Single(log.Verify(known).Findings).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_log_or_of_another_key_is_found()
    {
        var log = new MemoryLog(10);
        var other = new MemoryLog(10);
        log.Checkpoint = other.Checkpoint;
        Assert.Contains("is not signed by", Assert.Single(log.Verify().Findings).Problem, StringComparison.Ordinal);
        Assert.Contains("it is of the log", Assert.Single(other.Verify(log.Head with { Origin = "skerry.test/other" }).Findings).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_is_named()
    {
        foreach (var name in new MemoryLog(66_000).Files.Keys.Where(static n => n.Index is 0 or 255 or 257 || n.Level > 0).ToList())
        {
            var log = new MemoryLog(66_000);
            log.Files.Remove(name);
            Assert.Contains(log.Verify().Findings, f => f.Place == name.ToString());
        }
    }

    [Theory]
    [InlineData(256)]
    [InlineData(65_536)]
    [InlineData(65_792)]
    public void A_pruned_log_is_whole_from_its_minimum_on(int minimum)
    {
        var log = new MemoryLog(66_000);
        foreach (var name in log.Files.Keys.Where(n => n.Level <= 0 && (n.Index + 1) * 256 <= minimum).ToList())
        {
            log.Files.Remove(name);
        }

        var report = log.Verify(minimum: minimum);
        Assert.Empty(report.Findings);
        Assert.Equal(66_000 - minimum, report.Entries);
        Assert.NotEmpty(log.Verify(minimum: 0).Findings);
        log.Files[new TileName(2, 0, 1)][0] ^= 1;
        Assert.NotEmpty(log.Verify(minimum: minimum).Findings);
    }

    [Fact]
    public void An_entry_that_says_that_something_is_missing_is_counted()
    {
        var log = new MemoryLog(3);
        log.Rewrite(static e => e.Add(new AuditEntry { At = DateTimeOffset.UnixEpoch, Kind = AuditVerification.GapKind, Details = AuditEntry.Values(("reason", "power")) }.Encode()));
        Assert.Equal([new AuditFinding("3", "power")], log.Verify().Gaps);
    }

    [Fact]
    public void A_proof_of_one_entry_holds_for_it_and_for_no_other()
    {
        var log = new MemoryLog(700);
        var proof = new EntryProof(log[513], 513, log.Tree(700).InclusionProof(513), log.Checkpoint);
        var text = proof.ToString();
        Assert.StartsWith("c2sp.org/tlog-proof@v1\nextra ", text, StringComparison.Ordinal);
        var read = EntryProof.Parse(text);
        Assert.Equal(text, read.ToString());
        Assert.Null(read.Refute(null, log.Signer.Verifier));
        Assert.NotNull(read.Refute(log[512], log.Signer.Verifier));
        Assert.NotNull((read with { Index = 512 }).Refute(null, log.Signer.Verifier));
        Assert.NotNull((read with { Entry = null }).Refute(null, log.Signer.Verifier));
        Assert.Contains("is not signed by", read.Refute(null, new MemoryLog(1).Signer.Verifier), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_that_is_cut_anywhere_or_too_long_is_refused()
    {
        var bundle = EntryBundle.Write([[1, 2, 3], [], [4]]);
        Assert.Equal(3, EntryBundle.Read(bundle, 3).Count);
        for (var length = 0; length < bundle.Length; length++)
        {
            Assert.Throws<AuditFormatException>(() => EntryBundle.Read(bundle.AsMemory(0, length), 3));
        }

        Assert.Throws<AuditFormatException>(() => EntryBundle.Read(bundle, 2));
    }
}
