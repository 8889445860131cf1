using Skerry.Oci.Distribution;

namespace Skerry.Oci.Tests.Distribution;

/// <summary>Servers that never stall and never come to an end.</summary>
public sealed class TrustDeadlineTests
{
    private const int Promised = 400;

    private static RegistryOptions Options(string host) => new() { PlainHttp = new HashSet<string> { host }, UseProxy = false, TrustTimeout = TimeSpan.FromMilliseconds(500) };

    private static async Task Drip(Heard heard, Answer answer)
    {
        await answer.SendAsync(200, [], Promised);
        for (var sent = 0; sent < Promised; sent++)
        {
            await answer.RawAsync([(byte)' ']);
            await Task.Delay(25);
        }
    }

    [Fact]
    public void A_trust_server_that_sends_a_byte_now_and_then_is_not_waited_for_without_end()
    {
        using var drip = new HostileServer(Drip);
        using var server = new TrustServer(new Uri($"http://{drip.Host}"), "registry.example/x", Options(drip.Host));
        Ended(Assert.Throws<RegistryException>(() => server.Read("root", Promised)));

        // The time is for all that is asked.
        Ended(Assert.Throws<RegistryException>(() => server.Read("timestamp", Promised)));
    }

    [Fact]
    public async Task A_repository_of_roots_that_sends_a_byte_now_and_then_is_not_waited_for_without_end()
    {
        using var drip = new HostileServer(Drip);
        var place = new Uri($"http://{drip.Host}/");
        using (var server = new TufServer(place, place, Options(drip.Host)))
        {
            Ended(await Assert.ThrowsAsync<RegistryException>(() => server.MetadataAsync("2.root.json", Promised, TestContext.Current.CancellationToken)));
        }

        using var other = new TufServer(place, place, Options(drip.Host));
        Ended(await Assert.ThrowsAsync<RegistryException>(() => other.TargetAsync("trusted_root.json", Promised, Stream.Null, TestContext.Current.CancellationToken)));
    }

    private static void Ended(RegistryException error)
    {
        Assert.Equal(RegistryFailure.Timeout, error.Failure);
        Assert.Contains("within 0.5 s in all", error.Message, StringComparison.Ordinal);
    }
}
