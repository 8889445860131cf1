using Skerry.Oci.Trust.Sigstore;
using Skerry.Oci.Trust.Tuf;

namespace Skerry.Oci.Tests.Trust.Tuf;

/// <summary>Repositories that python-tuf and cosign made (Data/README.md).</summary>
public sealed class TufArtefactTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("skerry-tuf-").FullName;

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public async Task Python_tufs_rotated_root_with_a_threshold_of_two_leads_to_its_targets_and_delegations()
    {
        var client = Client("python-tuf/repo/metadata", "python-tuf/repo/targets", "1.root.json");
        await client.RefreshAsync(CancellationToken.None);
        Assert.Equal(2, client.RootVersion);
        Assert.Equal(13, (await client.FindAsync("app.txt", CancellationToken.None))!.Length);
        Assert.Equal(349, (await client.FindAsync("registry.example/test/bb:v1", CancellationToken.None))!.Length);
        Assert.NotNull(await client.FindAsync("teamA/img", CancellationToken.None));
        Assert.NotNull(await client.FindAsync("x/b", CancellationToken.None));
        Assert.Null(await client.FindAsync("teamA/b", CancellationToken.None));
        Assert.Null(await client.FindAsync("x/y/b", CancellationToken.None));
        var file = await client.DownloadAsync((await client.FindAsync("app.txt", CancellationToken.None))!, _place, CancellationToken.None);
        Assert.Equal(13, new FileInfo(file).Length);
    }

    [Fact]
    public async Task Sigstores_mirror_gives_a_trusted_root()
    {
        var client = Client("sigstore-tuf-mirror", "sigstore-tuf-mirror/targets", "root.json");
        var target = await client.FindAsync("trusted_root.json", CancellationToken.None);
        var file = await client.DownloadAsync(target!, _place, CancellationToken.None);
        Assert.NotEmpty(TrustedRoot.Parse(await File.ReadAllBytesAsync(file)).CertificateAuthorities);
    }

    [Theory]
    [InlineData("2.root.json")]
    [InlineData("timestamp.json")]
    [InlineData("1.snapshot.json")]
    [InlineData("1.targets.json")]
    [InlineData("1.teamA.json")]
    public async Task A_bit_that_is_flipped_anywhere_in_what_is_signed_is_refused(string name)
    {
        var mirror = new TufMirror(Artefacts.PathOf("python-tuf/repo/metadata"), Artefacts.PathOf("python-tuf/repo/targets"));
        var bytes = Artefacts.Bytes("python-tuf/repo/metadata/" + name);
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        var signed = text.IndexOf("\"signed\":", StringComparison.Ordinal);
        var end = text.IndexOf("\"signatures\":", StringComparison.Ordinal) is var s && s > signed ? s : bytes.Length;
        for (var at = signed + 10; at < end - 2; at += 41)
        {
            if (bytes[at] is (byte)' ' or (byte)'\n')
            {
                continue;
            }

            var flipped = new Flipped(mirror, name, at);
            var store = Store($"{name}-{at}", "1.root.json", "python-tuf/repo/metadata");
            var client = new TufClient(flipped, store, Artefacts.Later);
            await Assert.ThrowsAsync<TufException>(() => client.FindAsync("teamA/img", CancellationToken.None));
        }
    }

    private TufClient Client(string metadata, string targets, string root) =>
        new(new TufMirror(Artefacts.PathOf(metadata), Artefacts.PathOf(targets)), Store("store", root, metadata), Artefacts.Later);

    private TufStore Store(string name, string root, string metadata)
    {
        var store = new TufStore(Path.Combine(_place, name));
        store.Begin(Artefacts.Bytes($"{metadata}/{root}"));
        return store;
    }

    private sealed class Flipped(ITufRepository inner, string file, int at) : ITufRepository
    {
        public async Task<ReadOnlyMemory<byte>?> MetadataAsync(string name, int maxBytes, CancellationToken ct)
        {
            var bytes = (await inner.MetadataAsync(name, maxBytes, ct))?.ToArray();
            if (name == file && bytes is not null)
            {
                bytes[at] ^= 1;
            }

            return bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;
        }

        public Task<bool> TargetAsync(string path, long length, Stream to, CancellationToken ct) => inner.TargetAsync(path, length, to, ct);
    }
}
