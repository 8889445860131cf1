using System.Text;
using Skerry.Oci.Trust.ContentTrust;

namespace Skerry.Oci.Tests.Trust.ContentTrust;

/// <summary>The attacks that TUF is made against (theupdateframework specification §1.5.2), with keys that may sign.</summary>
public sealed class ContentTrustAttackTests
{
    private static readonly ContentTrustPolicy FirstUse = new() { TrustOnFirstUse = true };

    private readonly TestRepository _first = new();

    [Fact]
    public void What_is_right_is_trusted() => Artefacts.Trusted(Verify(_first.Publish()).Verdict);

    [Fact]
    public void Metadata_rolled_back_is_refused()
    {
        var newer = Verify(Later(version: 2).Publish());
        Artefacts.Refused(Verify(_first.Publish(), newer.State).Verdict, "timestamp", "rolls it back");
    }

    [Fact]
    public void Metadata_frozen_is_refused_when_it_expires()
    {
        Artefacts.Refused(Verify(_first.Publish(), now: TestRepository.Now.AddDays(10)).Verdict, "timestamp", "expired");
        Artefacts.Refused(Verify(_first.Publish(), now: TestRepository.Now.AddYears(1)).Verdict, "root expiry", "expired");
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public void Files_of_different_times_are_refused(string name)
    {
        var later = Later(version: 2).Publish();
        Artefacts.Refused(Verify(_first.Publish().With(name, later.Files[name])).Verdict, name, "not the file that is listed");
    }

    [Fact]
    public void A_snapshot_of_another_root_is_refused()
    {
        var rotated = new TestRepository { Root = [_first.Root[0]], Targets = _first.Targets, Snapshot = _first.Snapshot, Timestamp = _first.Timestamp, RootVersion = 2 };
        Artefacts.Refused(Verify(_first.Publish().With("root", rotated.RootJson())).Verdict, "snapshot", "another root");
    }

    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public void Endless_data_is_refused(string name)
    {
        var source = _first.Publish();
        Artefacts.Refused(Verify(source.With(name, [.. source.Files[name], .. new byte[8 << 20]])).Verdict, name, "longer than");
    }

    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public void A_file_that_is_missing_is_refused(string name)
    {
        var source = _first.Publish();
        source.Files.Remove(name);
        Artefacts.Refused(Verify(source).Verdict, name, "there is no");
    }

    [Fact]
    public void A_threshold_counts_keys_not_signatures()
    {
        var (one, two) = (new TestRepository.Key(), new TestRepository.Key());
        var signed = new TestRepository { Targets = [one, two], TargetsThreshold = 2 };
        Artefacts.Trusted(Verify(signed.Publish()).Verdict);
        Artefacts.Refused(Verify(new TestRepository { Targets = [one, two], TargetsThreshold = 2, TargetsSigners = [one] }.Publish()).Verdict, "targets", "signed by 1");
        Artefacts.Refused(Verify(new TestRepository { Targets = [one, two], TargetsThreshold = 2, TargetsSigners = [one, one] }.Publish()).Verdict, "targets", "signed by 1");
        Artefacts.Refused(Verify(new TestRepository { Targets = [one, two], TargetsThreshold = 2, TargetsSigners = [one, new()] }.Publish()).Verdict, "targets", "signed by 1");
    }

    [Fact]
    public void A_threshold_that_no_keys_can_meet_or_that_none_need_is_refused()
    {
        Artefacts.Refused(Verify(new TestRepository { TargetsThreshold = 0 }.Publish()).Verdict, "root", "threshold");
        Artefacts.Refused(Verify(new TestRepository { TargetsThreshold = 2 }.Publish()).Verdict, "root", "threshold");
    }

    [Fact]
    public void Keys_of_another_role_may_not_sign() =>
        Artefacts.Refused(Verify(new TestRepository { Timestamp = _first.Timestamp, TargetsSigners = [_first.Timestamp] }.Publish()).Verdict, "targets", "signed by 0");

    [Fact]
    public void A_key_whose_id_is_not_its_hash_is_refused()
    {
        var source = _first.Publish();
        var root = Encoding.UTF8.GetString(source.Files["root"]);
        Artefacts.Refused(Verify(source.With("root", Encoding.UTF8.GetBytes(root.Replace(_first.Targets[0].Id, new string('a', 64), StringComparison.Ordinal)))).Verdict, "root", "not the hash of its key");
    }

    [Fact]
    public void A_new_root_needs_the_old_keys_and_the_new()
    {
        var trusted = Verify(_first.Publish()).State;
        var key = new TestRepository.Key(TestRepository.Name);
        TestRepository Rotated(params TestRepository.Key[] signers) => new() { Root = [key], RootVersion = 2, RootSigners = signers };
        Artefacts.Trusted(Verify(Rotated(_first.Root[0], key).Publish(), trusted).Verdict);
        Artefacts.Refused(Verify(Rotated(key).Publish(), trusted).Verdict, "root", "signed by 0");
        Artefacts.Refused(Verify(Rotated(_first.Root[0]).Publish(), trusted).Verdict, "root", "signed by 0");
    }

    [Fact]
    public void Roots_are_walked_one_by_one()
    {
        var trusted = Verify(_first.Publish()).State;
        TestRepository.Key two = new(TestRepository.Name), three = new(TestRepository.Name);
        var second = new TestRepository { Root = [two], RootVersion = 2, RootSigners = [_first.Root[0], two] };
        var third = new TestRepository { Root = [three], RootVersion = 3, RootSigners = [two, three] }.Publish();
        Artefacts.Refused(Verify(third, trusted).Verdict, "root", "there is no 2.root.json");
        var result = Verify(third.With("2.root", second.RootJson()), trusted);
        Artefacts.Trusted(result.Verdict);
        Artefacts.Refused(Verify(third.With("2.root", _first.RootJson()), trusted).Verdict, "root", "is version 1");
        Artefacts.Refused(Verify(second.Publish(), result.State).Verdict, "root", "rolls it back");
    }

    [Fact]
    public void Two_roots_of_one_version_are_refused()
    {
        var trusted = Verify(_first.Publish()).State;
        var fork = new TestRepository { Root = _first.Root };
        Artefacts.Refused(Verify(fork.Publish(), trusted).Verdict, "root", "two of that version");
    }

    [Fact]
    public void A_root_key_can_be_pinned()
    {
        Artefacts.Trusted(ContentTrustVerifier.Verify(TestRepository.Name, "v1", Artefacts.Manifest, _first.Publish(), new ContentTrustPolicy { RootKeys = [_first.Root[0].Id] }, null, TestRepository.Now).Verdict);
        Artefacts.Refused(ContentTrustVerifier.Verify(TestRepository.Name, "v1", Artefacts.Manifest, new TestRepository().Publish(), new ContentTrustPolicy { RootKeys = [_first.Root[0].Id] }, null, TestRepository.Now).Verdict, "root", "pinned");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("registry.example.test/other")]
    public void A_root_of_another_image_is_refused_even_when_its_key_is_pinned(string? name)
    {
        var key = new TestRepository.Key(name);
        var source = new TestRepository { Root = [key] }.Publish();
        Artefacts.Refused(ContentTrustVerifier.Verify(TestRepository.Name, "v1", Artefacts.Manifest, source, new ContentTrustPolicy { RootKeys = [key.Id] }, null, TestRepository.Now).Verdict, "root", "0 root keys are for");
    }

    [Fact]
    public void A_delegated_role_signs_its_own_paths_alone()
    {
        TestRepository With(string paths) => new() { TargetsText = "", Releases = (new TestRepository.Key(), paths, TestRepository.Target("v1")) };
        Artefacts.Trusted(Verify(With("\"\"").Publish()).Verdict);
        Artefacts.Trusted(Verify(With("\"v\"").Publish()).Verdict);
        Artefacts.Refused(Verify(With("\"w\"").Publish()).Verdict, "image", "names v1");
        Artefacts.Refused(Verify(With("").Publish()).Verdict, "image", "names v1");
    }

    [Fact]
    public void A_delegated_role_signed_by_another_key_is_refused_and_not_passed_over()
    {
        var repository = new TestRepository { Releases = (new TestRepository.Key(), "\"\"", TestRepository.Target("v1")) };
        var forged = new TestRepository { Releases = (new TestRepository.Key(), "\"\"", TestRepository.Target("v1")) };
        Artefacts.Refused(Verify(repository.Publish().With("targets/releases", forged.ReleasesJson())).Verdict, "targets/releases");
    }

    [Theory]
    [InlineData("\"_type\":\"Targets\"", "\"_type\":\"Snapshot\"", "_type")]
    [InlineData("\"version\":1", "\"version\":0", "version")]
    [InlineData("\"version\":1", "\"version\":1.0", "plain integer")]
    [InlineData("\"version\":1", "\"version\":1,\"version\":2", "occurs twice")]
    public void Targets_that_break_the_format_are_refused(string old, string with, string why)
    {
        var key = new TestRepository.Key();
        var text = Encoding.UTF8.GetString(new TestRepository { Targets = [key] }.TargetsJson());
        var exception = Assert.Throws<OciFormatException>(() => TargetsMetadata.Read("targets", Encoding.UTF8.GetBytes(text.Replace(old, with, StringComparison.Ordinal))));
        Assert.Contains(why, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_with_characters_that_servers_escape_is_trusted()
    {
        // the server writes < as \u003c, and the signature is over the character itself
        var key = new TestRepository.Key();
        var repository = new TestRepository { Targets = [key], TargetsText = TestRepository.Target("a<b") };
        var source = repository.Publish();
        var escaped = Artefacts.Replaced(source.Files["targets"], "a<b", "a\\u003cb");
        TargetsMetadata.Read("targets", escaped).Metadata.Verify(RootMetadata.Read(source.Files["root"]).Role("targets"));
    }

    private TestRepository Later(int version) => new() { Root = _first.Root, Targets = _first.Targets, Snapshot = _first.Snapshot, Timestamp = _first.Timestamp, Version = version };

    private static ContentTrustResult Verify(MemorySource source, ContentTrustState? state = null, DateTimeOffset? now = null) =>
        ContentTrustVerifier.Verify(TestRepository.Name, "v1", Artefacts.Manifest, source, FirstUse, state, now ?? TestRepository.Now);
}
