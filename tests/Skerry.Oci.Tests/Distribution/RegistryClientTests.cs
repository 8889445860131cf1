using System.Diagnostics;
using System.Net;
using System.Text;
using CsCheck;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Tests.Distribution;

public sealed class RegistryClientTests
{
    private static readonly byte[] Blob = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"{i:000}.")));
    private static readonly Descriptor Layer = new(MediaTypes.OciLayer, Digest.OfSha256(Blob), Blob.Length);
    private static readonly byte[] Manifest = ManifestWriter.Manifest(new Descriptor(MediaTypes.OciConfig, Layer.Digest, 1), [Layer]);
    private const string Type = "Content-Type: " + MediaTypes.OciManifest;

    private static RegistryOptions Options(params string[] plain) => new()
    {
        PlainHttp = plain.ToHashSet(),
        UseProxy = false,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        AnswerTimeout = TimeSpan.FromSeconds(10),
        StallTimeout = TimeSpan.FromSeconds(10),
        MaxAttempts = 3,
    };

    private static ImageReference Ref(string host, string rest = "a/b:v1") => ImageReference.Parse($"{host}/{rest}");

    private static Task Good(Answer answer) => answer.SendAsync(200, Manifest, Type);

    private static async Task<RegistryException> ManifestFails(Func<Heard, Answer, Task> script, Func<RegistryOptions, RegistryOptions>? change = null, string rest = "a/b:v1")
    {
        using var server = new HostileServer(script);
        using var client = new RegistryClient((change ?? (o => o))(Options(server.Host)));
        return await Assert.ThrowsAsync<RegistryException>(() => client.GetManifestAsync(Ref(server.Host, rest)));
    }

    private static async Task<RegistryException> BlobFails(Func<Heard, Answer, Task> script, long offset = 0, Func<RegistryOptions, RegistryOptions>? change = null)
    {
        using var server = new HostileServer(script);
        using var client = new RegistryClient((change ?? (o => o))(Options(server.Host)));
        return await Assert.ThrowsAsync<RegistryException>(async () =>
        {
            using var blob = await client.OpenBlobAsync(Ref(server.Host), Layer, offset);
            await blob.Content.CopyToAsync(Stream.Null);
        });
    }

    [Fact]
    public async Task A_manifest_is_fetched_by_tag()
    {
        using var server = new HostileServer((_, answer) => Good(answer));
        using var client = new RegistryClient(Options(server.Host));
        var fetched = await client.GetManifestAsync(Ref(server.Host));
        Assert.Equal(Digest.OfSha256(Manifest), fetched.Digest);
        Assert.IsType<ImageManifest>(fetched.Manifest);
        var heard = Assert.Single(server.Heard);
        Assert.Equal("/v2/a/b/manifests/v1", heard.Target);
        Assert.Contains(MediaTypes.DockerManifestList, heard.Header("Accept"), StringComparison.Ordinal);
        Assert.Null(heard.Header("Authorization"));
    }

    [Fact]
    public async Task Wrong_digests_are_refused()
    {
        var other = Digest.OfSha256([1]);
        Assert.Equal(RegistryFailure.Integrity, (await ManifestFails((_, a) => Good(a), rest: $"a/b@{other}")).Failure);
        Assert.Equal(RegistryFailure.Integrity, (await ManifestFails((_, a) => a.SendAsync(200, Manifest, Type, $"Docker-Content-Digest: {other}"))).Failure);
    }

    [Fact]
    public async Task Manifests_that_are_too_long_malformed_or_schema_one_are_refused()
    {
        Assert.Equal(RegistryFailure.Protocol, (await ManifestFails((_, a) => a.SendAsync(200, [], 1L << 40, Type))).Failure);
        Assert.Equal(RegistryFailure.Protocol, (await ManifestFails((_, a) => a.SendAsync(200, new byte[5 << 20], -1, Type))).Failure);
        Assert.Contains("JSON", (await ManifestFails((_, a) => a.SendAsync(200, "<html>", "Content-Type: text/html"))).Reason, StringComparison.Ordinal);
        Assert.Contains("schema 1", (await ManifestFails((_, a) => a.SendAsync(200, "{\"schemaVersion\":1}", "Content-Type: " + MediaTypes.DockerManifestV1Signed))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_told_with_status_code_and_message()
    {
        var e = await ManifestFails((_, a) => a.SendAsync(404, """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such\u001b[31m thing"}]}"""));
        Assert.Equal((RegistryFailure.NotFound, HttpStatusCode.NotFound, "MANIFEST_UNKNOWN"), (e.Failure, e.Status, e.Code));
        Assert.Contains("no such?[31m thing", e.Message, StringComparison.Ordinal);
        Assert.Equal(RegistryFailure.Refused, (await ManifestFails((_, a) => a.SendAsync(418, new byte[100_000]))).Failure);
    }

    [Fact]
    public async Task Busy_servers_are_asked_again_and_then_given_up()
    {
        var count = 0;
        using var server = new HostileServer((_, a) => ++count < 3 ? a.SendAsync(count == 1 ? 429 : 503, "", "Retry-After: 0") : Good(a));
        using var client = new RegistryClient(Options(server.Host));
        await client.GetManifestAsync(Ref(server.Host));
        Assert.Equal(3, count);

        var e = await ManifestFails((_, a) => a.SendAsync(429, ""));
        Assert.Equal(RegistryFailure.RateLimited, e.Failure);
        Assert.Contains("3 times", e.Message, StringComparison.Ordinal);
        var watch = Stopwatch.StartNew();
        Assert.Single((await ManifestFails((_, a) => a.SendAsync(429, "", "Retry-After: 86400"))).Attempts);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Silence_ends_by_the_deadline()
    {
        Assert.Equal(RegistryFailure.Timeout, (await ManifestFails((_, a) => a.StallAsync(), o => o with { AnswerTimeout = TimeSpan.FromMilliseconds(300), MaxAttempts = 1 })).Failure);
        Assert.Equal(RegistryFailure.Timeout, (await ManifestFails(async (_, a) =>
        {
            await a.SendAsync(200, Manifest[..10], Manifest.Length, Type);
            await a.StallAsync();
        }, o => o with { StallTimeout = TimeSpan.FromMilliseconds(300), MaxAttempts = 1 })).Failure);
    }

    [Fact]
    public async Task Garbage_instead_of_http_is_an_unreachable_registry()
    {
        Assert.Equal(RegistryFailure.Unreachable, (await ManifestFails((_, a) => a.RawAsync("SSH-2.0-x\r\n"))).Failure);
        Assert.Equal(RegistryFailure.Unreachable, (await ManifestFails((_, a) => a.RawAsync("HTTP/1.1 200 OK\r\nX: " + new string('x', 200_000)))).Failure);
        Assert.Equal(RegistryFailure.Unreachable, (await ManifestFails((_, _) => Task.CompletedTask)).Failure);
    }

    [Fact]
    public async Task A_blob_comes_from_any_offset()
    {
        using var server = new HostileServer((heard, answer) =>
        {
            var range = heard.Header("Range");
            var from = range is null ? 0 : int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            return range is null ? answer.SendAsync(200, Blob) : answer.SendAsync(206, Blob[from..], $"Content-Range: bytes {from}-{Blob.Length - 1}/{Blob.Length}");
        });
        using var client = new RegistryClient(Options(server.Host));
        await Gen.Int[0, Blob.Length].SampleAsync(async offset =>
        {
            using var blob = await client.OpenBlobAsync(Ref(server.Host), Layer, offset);
            var content = new MemoryStream();
            await blob.Content.CopyToAsync(content);
            Assert.Equal(Blob[(int)blob.Offset..], content.ToArray());
            Assert.Equal(offset < Blob.Length ? offset : 0, blob.Offset);
        }, iter: 40);
    }

    [Fact]
    public async Task A_server_that_ignores_the_offset_is_noticed()
    {
        using var server = new HostileServer((_, answer) => answer.SendAsync(200, Blob));
        using var client = new RegistryClient(Options(server.Host));
        using var blob = await client.OpenBlobAsync(Ref(server.Host), Layer, 100);
        Assert.False(blob.OffsetHonoured);
        Assert.Equal(0, blob.Offset);
    }

    [Fact]
    public async Task A_server_that_cannot_begin_at_the_offset_gives_the_whole()
    {
        using var server = new HostileServer((heard, answer) => heard.Header("Range") is null ? answer.SendAsync(200, Blob) : answer.SendAsync(416, ""));
        using var client = new RegistryClient(Options(server.Host));
        using var blob = await client.OpenBlobAsync(Ref(server.Host), Layer, 100);
        Assert.False(blob.OffsetHonoured);
        Assert.Equal(0, blob.Offset);
    }

    [Fact]
    public async Task Referrers_come_page_by_page()
    {
        var page = ManifestWriter.Index([Layer]);
        using var server = new HostileServer((heard, answer) => heard.Target.EndsWith("page=2", StringComparison.Ordinal)
            ? answer.SendAsync(200, page, "Content-Type: " + MediaTypes.OciIndex)
            : answer.SendAsync(200, page, "Content-Type: " + MediaTypes.OciIndex, $"Link: <{heard.Path}?page=2>; rel=\"next\""));
        using var client = new RegistryClient(Options(server.Host));
        Assert.Equal(2, (await client.GetReferrersAsync(Ref(server.Host), Layer.Digest)).Count);

        using var endless = new HostileServer((heard, answer) => answer.SendAsync(200, page, "Content-Type: " + MediaTypes.OciIndex, $"Link: <{heard.Path}>; rel=\"next\""));
        using var other = new RegistryClient(Options(endless.Host));
        await Assert.ThrowsAsync<RegistryException>(() => other.GetReferrersAsync(Ref(endless.Host), Layer.Digest));
    }

    [Fact]
    public async Task A_blob_of_another_length_is_refused()
    {
        Assert.Equal(RegistryFailure.Integrity, (await BlobFails((_, a) => a.SendAsync(200, Blob[1..]))).Failure);
        Assert.Equal(RegistryFailure.Integrity, (await BlobFails((_, a) => a.SendAsync(200, [.. Blob, 1], -1))).Failure);
        var cut = await BlobFails((_, a) => a.SendAsync(200, Blob[..300], Blob.Length));
        Assert.Equal(RegistryFailure.Unreachable, cut.Failure);
        Assert.Contains("after 300 of 2000 bytes", cut.Message, StringComparison.Ordinal);
        Assert.Equal(RegistryFailure.Unreachable, (await BlobFails((_, a) => a.SendAsync(200, Blob[..300], -1))).Failure);
    }

    [Theory]
    [InlineData("Content-Range: bytes 99-1999/2000")]
    [InlineData("Content-Range: bytes 100-1998/2000")]
    [InlineData("Content-Range: bytes 100-1999/2001")]
    [InlineData("Content-Range: bytes 100-99999999999/2000")]
    [InlineData("Content-Range: lines 100-1999/2000")]
    [InlineData("Content-Range: nonsense")]
    [InlineData("X: y")]
    public async Task A_range_that_was_not_asked_for_is_refused(string header) =>
        Assert.Equal(RegistryFailure.Protocol, (await BlobFails((_, a) => a.SendAsync(206, Blob[100..], header), 100)).Failure);

    [Fact]
    public async Task A_range_nobody_asked_for_is_refused() =>
        Assert.Equal(RegistryFailure.Protocol, (await BlobFails((_, a) => a.SendAsync(206, Blob, "Content-Range: bytes 0-1999/2000"))).Failure);

    [Fact]
    public async Task A_blob_that_stalls_ends_by_the_deadline()
    {
        var e = await BlobFails(async (_, a) =>
        {
            await a.SendAsync(200, Blob[..1000], Blob.Length);
            await a.StallAsync();
        }, 0, o => o with { StallTimeout = TimeSpan.FromSeconds(3) });
        Assert.Equal(RegistryFailure.Timeout, e.Failure);
        Assert.Contains("after 1000 of 2000", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_is_checked_against_its_digest()
    {
        using var server = new HostileServer((_, a) => a.SendAsync(200, [.. Blob.Reverse()]));
        using var client = new RegistryClient(Options(server.Host));
        Assert.Equal(RegistryFailure.Integrity, (await Assert.ThrowsAsync<RegistryException>(() => client.GetBlobAsync(Ref(server.Host), Layer))).Failure);
        await Assert.ThrowsAsync<RegistryException>(() => client.GetBlobAsync(Ref(server.Host), Layer with { Size = 1L << 40 }));
    }

    [Fact]
    public async Task Cancelling_is_not_a_failure_of_the_registry()
    {
        using var server = new HostileServer((_, a) => a.StallAsync());
        using var client = new RegistryClient(Options(server.Host));
        using var cancel = new CancellationTokenSource();
        var fetch = client.GetManifestAsync(Ref(server.Host), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
    }

    [Fact]
    public async Task Mirrors_come_first_and_each_failure_is_told()
    {
        using var dead = new HostileServer((_, a) => a.SendAsync(500, ""));
        using var liar = new HostileServer((_, a) => a.SendAsync(200, [.. Manifest, (byte)' '], Type));
        using var good = new HostileServer((_, a) => Good(a));
        using var origin = new HostileServer((_, a) => a.SendAsync(404, ""));
        var options = Options(dead.Host, liar.Host, good.Host, origin.Host);
        var reference = Ref(origin.Host, $"a/b@{Digest.OfSha256(Manifest)}");
        using (var client = new RegistryClient(options with { Mirrors = new Dictionary<string, IReadOnlyList<string>> { [origin.Host] = [dead.Host, liar.Host, good.Host + "/cache"] } }))
        {
            Assert.Equal(good.Host, (await client.GetManifestAsync(reference)).Endpoint);
        }

        Assert.StartsWith("/v2/cache/a/b/manifests/", good.Heard.Single().Target, StringComparison.Ordinal);
        Assert.Empty(origin.Heard);
        using var other = new RegistryClient(options with { Mirrors = new Dictionary<string, IReadOnlyList<string>> { [origin.Host] = [dead.Host, liar.Host] } });
        var e = await Assert.ThrowsAsync<RegistryException>(() => other.GetManifestAsync(reference));
        Assert.Equal([dead.Host, liar.Host, origin.Host], e.Attempts.Select(a => a.Endpoint));
        Assert.Contains("does not have the digest", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_http_is_spoken_to_named_registries_only()
    {
        using var server = new HostileServer((_, a) => Good(a));
        using var client = new RegistryClient(Options());
        var e = await Assert.ThrowsAsync<RegistryException>(() => client.GetManifestAsync(Ref(server.Host)));
        Assert.Contains("plain", e.Message, StringComparison.Ordinal);
    }
}
