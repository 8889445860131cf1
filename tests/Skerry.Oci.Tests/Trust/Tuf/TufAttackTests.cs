using System.Text;
using Skerry.Oci.Trust.Tuf;

namespace Skerry.Oci.Tests.Trust.Tuf;

/// <summary>What a repository, or who stands before it, may try (TUF 1.0.33 §1.5.2).</summary>
public sealed class TufAttackTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("skerry-tuf-").FullName;
    private readonly TestRepository _repository = new();
    private readonly TufStore _store;

    public TufAttackTests()
    {
        _store = new TufStore(Path.Combine(_place, "store"));
        _store.Begin(_repository.PublishRoot());
        _repository.Publish();
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public async Task What_is_trusted_is_kept_and_asked_for_again_only_where_it_must_be()
    {
        await Refresh();
        Assert.Equal(["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"], _repository.Files.Asked);
        _repository.Files.Asked.Clear();
        await Refresh();
        Assert.Equal(["2.root.json", "timestamp.json"], _repository.Files.Asked);
        Assert.Equal(["root.json", "snapshot.json", "targets.json", "timestamp.json"], Directory.EnumerateFiles(Path.Combine(_place, "store")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_root_that_its_own_keys_did_not_sign_is_no_beginning() =>
        Refused(Assert.Throws<TufException>(() => _store.Begin(_repository.PublishRoot(new TestSigner()))), "signed by 0");

    [Fact]
    public async Task A_new_root_needs_the_keys_of_the_old_one_and_its_own()
    {
        var old = _repository.Root;
        (_repository.Root, _repository.RootVersion) = (new TestSigner(), 2);
        _repository.PublishRoot(_repository.Root);
        await Refused("root, version 2: signed by 0");
        _repository.PublishRoot(old);
        await Refused("root, version 2: signed by 0");
        _repository.PublishRoot(old, _repository.Root);
        Assert.Equal(2, (await Refresh()).RootVersion);
    }

    [Fact]
    public async Task A_root_that_skips_a_version_is_refused()
    {
        _repository.RootVersion = 3;
        _repository.Files.Metadata["2.root.json"] = _repository.PublishRoot();
        await Refused("version 2 was asked for");
    }

    [Fact]
    public async Task Older_metadata_than_was_seen_is_refused()
    {
        var old = _repository.Files.Metadata["timestamp.json"];
        _repository.Version = 2;
        _repository.Publish();
        await Refresh();
        _repository.Files.Metadata["timestamp.json"] = old;
        await Refused("rolls it back");
    }

    [Fact]
    public async Task A_role_that_vanishes_from_the_snapshot_is_refused()
    {
        _repository.Delegations.Add(("below", ["below/*"], false, ["below/b"]));
        _repository.Version = 2;
        _repository.Publish();
        await Refresh();
        _repository.Delegations.Clear();
        _repository.Version = 3;
        _repository.Publish();
        await Refused("below is gone");
    }

    [Fact]
    public async Task Metadata_that_is_held_back_until_it_expires_is_refused() => await Refused("expired", TestRepository.Now.AddDays(8));

    [Fact]
    public async Task Files_of_different_states_do_not_go_together()
    {
        var old = _repository.Files.Metadata["1.targets.json"];
        _repository.Version = 2;
        _repository.Publish();
        _repository.Files.Metadata["2.targets.json"] = old;
        await Refused("not the one whose length and hashes are signed");
    }

    [Fact]
    public async Task Endless_metadata_is_cut_off()
    {
        _repository.Files.Metadata["timestamp.json"] = new byte[1 << 20];
        await Refused("timestamp");
    }

    [Fact]
    public async Task One_key_twice_is_one_key()
    {
        _repository.SnapshotThreshold = 2;
        _repository.RootVersion = 2;
        _repository.PublishRoot();
        await Refused("signed by 1 of the keys that may sign snapshot, and 2 must");
    }

    [Fact]
    public async Task A_signature_twice_is_refused()
    {
        var text = Encoding.UTF8.GetString(_repository.Files.Metadata["timestamp.json"]);
        var signature = text[(text.IndexOf("\"signatures\":[", StringComparison.Ordinal) + 14)..text.LastIndexOf(']')];
        _repository.Files.Metadata["timestamp.json"] = Encoding.UTF8.GetBytes(text.Replace(signature, $"{signature},{signature}", StringComparison.Ordinal));
        await Refused("signed twice");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"signed":{"_type":"timestamp"},"signatures":[]}""")]
    [InlineData("""{"signed":{"_type":"timestamp","spec_version":"2.0","version":1,"expires":"2030-01-01T00:00:00Z","meta":{}},"signatures":[]}""")]
    [InlineData("""{"signed":{"_type":"timestamp","spec_version":"1.0","version":1,"version":2,"expires":"2030-01-01T00:00:00Z","meta":{}},"signatures":[]}""")]
    [InlineData("""{"signed":{"_type":"timestamp","spec_version":"1.0","version":1e400,"expires":"2030-01-01T00:00:00Z","meta":{}},"signatures":[]}""")]
    [InlineData("""{"signed":{"_type":"timestamp","spec_version":"1.0","version":1,"expires":"2030-01-01T00:00:00Z","meta":{}},"signatures":[{"keyid":"a","sig":"zz"}]}""")]
    public async Task What_is_no_metadata_is_refused(string text)
    {
        _repository.Files.Metadata["timestamp.json"] = Encoding.UTF8.GetBytes(text);
        await Refused("timestamp");
    }

    [Fact]
    public async Task A_target_with_other_content_is_not_kept()
    {
        var client = await Refresh();
        var target = (await client.FindAsync("a.txt", CancellationToken.None))!;
        var (name, content) = _repository.Files.Targets.Single();
        foreach (var wrong in (byte[][])[[.. content, 1], content[..^1], [.. content.Select(static b => (byte)(b ^ 1))], []])
        {
            _repository.Files.Targets[name] = wrong;
            Refused(await Assert.ThrowsAsync<TufException>(() => client.DownloadAsync(target, _place, CancellationToken.None)), "another content");
        }

        _repository.Files.Targets.Clear();
        Refused(await Assert.ThrowsAsync<TufException>(() => client.DownloadAsync(target, _place, CancellationToken.None)), "does not have it");
        Assert.Empty(Directory.EnumerateFiles(_place));
        _repository.Files.Targets[name] = content;
        Assert.Equal(content, await File.ReadAllBytesAsync(await client.DownloadAsync(target, _place, CancellationToken.None)));
    }

    [Fact]
    public async Task A_role_signs_for_its_own_paths_only_and_a_terminating_one_ends_the_search()
    {
        _repository.Delegations.Add(("narrow", ["dir/*.txt"], false, ["dir/b.txt", "dir/b.bin", "other.txt"]));
        _repository.Delegations.Add(("ends", ["end/*"], true, []));
        _repository.Delegations.Add(("wide", ["*/*"], false, ["dir/b.bin", "end/c"]));
        _repository.Version = 2;
        _repository.Publish();
        var client = await Refresh();
        Assert.NotNull(await client.FindAsync("dir/b.txt", CancellationToken.None));
        Assert.NotNull(await client.FindAsync("dir/b.bin", CancellationToken.None));
        Assert.Null(await client.FindAsync("other.txt", CancellationToken.None));
        Assert.Null(await client.FindAsync("end/c", CancellationToken.None));
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("/absolute")]
    [InlineData("..")]
    [InlineData("a\nb")]
    public async Task No_name_of_a_role_or_a_target_leads_out_of_its_directory(string name)
    {
        _repository.Delegations.Add((name, ["*", "*/*"], false, [name]));
        _repository.Version = 2;
        _repository.Publish();
        var client = await Refresh();
        if (await client.FindAsync(name, CancellationToken.None) is { } target)
        {
            var below = Directory.CreateDirectory(Path.Combine(_place, "downloads")).FullName;
            Assert.Equal(below, Path.GetDirectoryName(await client.DownloadAsync(target, below, CancellationToken.None)));
        }

        Assert.Equal(5, Directory.EnumerateFiles(Path.Combine(_place, "store")).Count());
        Assert.All(Directory.EnumerateFileSystemEntries(_place), e => Assert.Contains(Path.GetFileName(e), (string[])["store", "downloads"]));
    }

    private async Task<TufClient> Refresh(DateTimeOffset? now = null)
    {
        var client = new TufClient(_repository.Files, _store, now ?? TestRepository.Now);
        await client.RefreshAsync(CancellationToken.None);
        return client;
    }

    private async Task Refused(string why, DateTimeOffset? now = null) => Refused(await Assert.ThrowsAsync<TufException>(() => Refresh(now)), why);

    private static void Refused(TufException error, string why) => Assert.Contains(why, error.Message, StringComparison.Ordinal);
}
