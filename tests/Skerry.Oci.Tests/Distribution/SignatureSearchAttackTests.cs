using System.Diagnostics;
using System.Net;
using System.Text;
using Skerry.Oci.Distribution;
using Skerry.Oci.Tests.Trust;

namespace Skerry.Oci.Tests.Distribution;

/// <summary>A registry that wants whoever looks for signatures to wait for ever, to fill its memory, or to speak to somebody else.</summary>
[Trait("Promise", "P-160")]
public sealed class SignatureSearchAttackTests
{
    private static readonly string Image = Artefacts.Image.Digest.ToString();
    private static readonly string Tag = $"manifests/{Artefacts.Image.Digest.Algorithm}-{Artefacts.Image.Digest.Hex}";

    /// <summary>Each place of a search at which a registry can begin.</summary>
    public static TheoryData<string> Places => ["referrers/" + Image, Tag, Tag + ".sig", Tag + ".att"];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_registry_that_stalls_is_given_up_and_nothing_is_taken_for_signed(string place)
    {
        using var server = Serve(place, static answer => answer.StallAsync());
        Assert.Equal(RegistryFailure.Timeout, (await Search(server, stall: TimeSpan.FromSeconds(1))).Failure);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_registry_that_gives_a_byte_now_and_then_is_given_up_too(string place)
    {
        using var server = Serve(place, static async answer =>
        {
            await answer.SendAsync(200, [], 1 << 20, "Content-Type: " + MediaTypes.OciIndex);
            while (true)
            {
                await answer.RawAsync(" "u8.ToArray());
                await Task.Delay(50);
            }
        });
        var clock = Stopwatch.StartNew();
        Assert.Equal(RegistryFailure.Timeout, (await Search(server, time: TimeSpan.FromSeconds(2))).Failure);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 30);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Ten_gigabytes_that_are_promised_are_refused_unread(string place)
    {
        using var server = Serve(place, static async answer =>
        {
            await answer.SendAsync(200, [], 10L << 30, "Content-Type: " + MediaTypes.OciIndex);
            await answer.StallAsync();
        });
        var (failure, passedOver) = await Search(server);
        Assert.True(failure == RegistryFailure.Protocol || passedOver.Any(static p => p.Contains("bytes", StringComparison.Ordinal)), $"{failure} {string.Join("; ", passedOver)}");
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Bytes_without_an_end_are_read_up_to_the_limit(string place)
    {
        var sent = 0L;
        using var server = Serve(place, async answer =>
        {
            await answer.SendAsync(200, [], -1, "Content-Type: " + MediaTypes.OciIndex);
            var portion = Encoding.ASCII.GetBytes(new string(' ', 1 << 16));
            while (true)
            {
                await answer.RawAsync(portion);
                Interlocked.Add(ref sent, portion.Length);
            }
        });
        var (failure, passedOver) = await Search(server);
        Assert.True(failure == RegistryFailure.Protocol || passedOver.Any(static p => p.Contains("bytes", StringComparison.Ordinal)), $"{failure} {string.Join("; ", passedOver)}");

        // What fits into the buffers of both sides may be on its way.
        Assert.InRange(Interlocked.Read(ref sent), 0, 64L << 20);
    }

    [Fact]
    public async Task Pages_without_an_end_are_given_up()
    {
        var page = 0;
        using var server = new HostileServer((heard, answer) => heard.Path.Contains("/referrers/", StringComparison.Ordinal)
            ? answer.SendAsync(200, Index(), "Content-Type: " + MediaTypes.OciIndex, $"Link: </v2/app/referrers/{Image}?last={++page}>; rel=\"next\"")
            : NotFound(answer));
        var (failure, _) = await Search(server);
        Assert.Equal(RegistryFailure.Protocol, failure);
        Assert.InRange(page, 2, 16);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_redirect_to_a_private_address_is_not_followed(string place)
    {
        using var inside = new HostileServer(static (_, answer) => answer.SendAsync(200, Index(), "Content-Type: " + MediaTypes.OciIndex));
        using var server = Serve(place, answer => answer.SendAsync(307, "", $"Location: http://{inside.Host}/latest/meta-data"), "127.0.0.2");
        _ = await Search(server);
        Assert.Empty(inside.Heard);
    }

    [Fact]
    public async Task A_blob_of_a_signature_that_is_redirected_to_a_private_address_is_not_fetched()
    {
        using var inside = new HostileServer(static (_, answer) => answer.SendAsync(200, "secret"));
        var manifest = Artefacts.Bytes("notation-jws/artifact/manifest.json");
        using var server = new HostileServer(
            (heard, answer) => heard.Path switch
            {
                var path when path.Contains("/referrers/", StringComparison.Ordinal) => answer.SendAsync(200, Index(manifest), "Content-Type: " + MediaTypes.OciIndex),
                var path when path.EndsWith(Digest.OfSha256(manifest).ToString(), StringComparison.Ordinal) => answer.SendAsync(200, manifest, "Content-Type: " + MediaTypes.OciManifest),
                var path when path.Contains("/blobs/", StringComparison.Ordinal) => answer.SendAsync(307, "", $"Location: http://{inside.Host}/secret"),
                _ => NotFound(answer),
            },
            "127.0.0.2");
        _ = await Search(server);
        Assert.Contains(server.Heard, static h => h.Path.Contains("/blobs/", StringComparison.Ordinal));
        Assert.Empty(inside.Heard);
    }

    private static async Task<(RegistryFailure? Failure, IReadOnlyList<string> PassedOver)> Search(HostileServer server, TimeSpan? time = null, TimeSpan? stall = null)
    {
        using var client = new RegistryClient(new RegistryOptions
        {
            PlainHttp = new HashSet<string> { server.Host },
            UseProxy = false,
            MaxAttempts = 1,
            AnswerTimeout = stall ?? TimeSpan.FromSeconds(30),
            StallTimeout = stall ?? TimeSpan.FromSeconds(30),
            IsPublicAddress = static a => a.Equals(IPAddress.Parse("127.0.0.2")) || AddressRules.IsPublic(a),
        });
        try
        {
            var search = await SignatureSearch.RunAsync(client, ImageReference.Parse(server.Host + "/app"), Artefacts.Image.Digest, time ?? SignatureSearch.MaxTime, TestContext.Current.CancellationToken);
            Assert.Empty(search.Signatures);
            return (null, search.PassedOver);
        }
        catch (RegistryException e)
        {
            return (e.Failure, []);
        }
    }

    /// <summary>A registry without signatures, but for one place where it does what it likes.</summary>
    private static HostileServer Serve(string place, Func<Answer, Task> attack, string address = "127.0.0.1") => new(
        (heard, answer) => heard.Path == "/v2/app/" + place ? attack(answer) : NotFound(answer), address);

    private static Task NotFound(Answer answer) => answer.SendAsync(404, """{"errors":[{"code":"NOT_FOUND"}]}""", "Content-Type: application/json");

    private static byte[] Index(params byte[][] manifests) => Encoding.UTF8.GetBytes(
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{string.Join(',', manifests.Select(static m => $$"""{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{Digest.OfSha256(m)}}","size":{{m.Length}}}"""))}}]}""");
}
