using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

public sealed class LogEntryTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TestLog _log = new();
    private readonly LogEntry _entry;

    public LogEntryTests() => _entry = _log.Entry("the entry"u8.ToArray(), 4, 11, Time);

    [Fact]
    public void An_entry_with_promise_proof_and_checkpoint_is_in_the_log() => Assert.Equal(Time, LogEntryCheck.Verify(_entry, _log.Log, needsProof: true)!.Value.Time);

    [Fact]
    public void Promise_or_proof_alone_is_enough_where_the_bundle_allows_it()
    {
        Assert.Equal(Time, LogEntryCheck.Verify(_entry with { Proof = null }, _log.Log, needsProof: false)!.Value.Time);
        Assert.Null(LogEntryCheck.Verify(_entry with { Promise = null }, _log.Log, needsProof: true));
        Refused("no proof", _entry with { Proof = null }, needsProof: true);
        Refused("no proof", _entry with { Proof = null, Promise = null }, needsProof: false);
    }

    [Fact]
    public void A_time_without_a_promise_is_nobodys_word() => Assert.Null(LogEntryCheck.Verify(_entry with { Promise = null, IntegratedTime = 1 }, _log.Log, needsProof: true));

    [Fact]
    public void Another_body_is_not_in_the_log() => Refused("does not lead", _entry with { Body = "another"u8.ToArray() });

    [Fact]
    public void A_proof_for_another_place_or_tree_is_refused()
    {
        Refused("", _entry with { Proof = _entry.Proof! with { LogIndex = 5 } });
        Refused("", _entry with { Proof = _entry.Proof! with { TreeSize = 12 } });
        Refused("does not lead", _entry with { Proof = _entry.Proof! with { RootHash = new byte[32] } });
    }

    [Fact]
    public void A_checkpoint_of_another_tree_or_log_is_refused()
    {
        using var other = new TestLog();
        Refused("another tree", With(_log.Checkpoint(11, new byte[32])));
        Refused("another tree", With(_log.Checkpoint(12, _entry.Proof!.RootHash)));
        Refused("no signature of the checkpoint", With(other.Checkpoint(11, _entry.Proof.RootHash)));
        Refused("nobody signed", With(null));
    }

    [Fact]
    public void A_checkpoint_with_one_wrong_signature_is_refused()
    {
        var note = _entry.Proof!.Checkpoint!;
        Refused("not by the key", With(note.Replace("log.example.test\n11", "log.example.tesu\n11", StringComparison.Ordinal)));
        Refused("not by the key", With(note + note[note.IndexOf('\u2014', StringComparison.Ordinal)..].TrimEnd('\n').Replace("= ", "", StringComparison.Ordinal)[..^8] + "AAAAAAA=\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\n1\nAAAA\n")]
    [InlineData("a\n-1\nAAAA\n\n\u2014 a AAAAAAAA\n")]
    [InlineData("a\n1\nAAAA\n\n- a AAAAAAAA\n")]
    [InlineData("a\n1\nAAAA\n\n\u2014 a AAAA\n")]
    public void Notes_that_are_none_are_refused(string note) => Assert.Throws<OciFormatException>(() => Checkpoint.Parse(note));

    public void Dispose() => _log.Dispose();

    private LogEntry With(string? checkpoint) => _entry with { Proof = _entry.Proof! with { Checkpoint = checkpoint } };

    private void Refused(string why, LogEntry entry, bool needsProof = true) =>
        Assert.Contains(why, Assert.Throws<TrustException>(() => LogEntryCheck.Verify(entry, _log.Log, needsProof)).Message, StringComparison.Ordinal);
}
