using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Vmm;

namespace Skerry.Vmm.Hold;

/// <summary>The calls that the holder itself makes of a guest.</summary>
/// <param name="client">To the guest.</param>
/// <param name="placed">Disks whose serial numbers the VMM did not take: the guest is told their places.</param>
/// <param name="clock">The time that it gets.</param>
internal sealed class GuestCalls(TtrpcClient client, IReadOnlyList<VmDisk> placed, TimeProvider clock)
{
    private const string Service = "skerry.guest.v1.Guest";
    private const int EntropyBytes = 64;

    /// <summary>Waits until the guest answers.</summary>
    internal Task<HelloResponse> Hello(CancellationToken cancel) =>
        client.CallAsync(Service, "Hello", new HelloRequest(), HelloResponse.Parser, cancel);

    /// <summary>Gives it name, network, the time of now, and entropy that no other guest gets.</summary>
    internal Task Configure(byte[] configuration, CancellationToken cancel)
    {
        var request = ConfigureRequest.Parser.ParseFrom(configuration);
        request.UnixNanoseconds = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        request.Entropy = ByteString.CopyFrom(Random(EntropyBytes));
        request.Disks.AddRange(placed.Select(static (d, i) => new GuestDisk { Name = d.Serial, Place = (uint)i + 1 }));
        return client.CallAsync(Service, "Configure", request, ConfigureResponse.Parser, cancel);
    }

    /// <summary>Has it end its containers and power off.</summary>
    internal Task Shutdown(TimeSpan patience, CancellationToken cancel) => client.CallAsync(
        Service, "Shutdown", new ShutdownRequest { PatienceMillis = (uint)patience.TotalMilliseconds }, ShutdownResponse.Parser, cancel);

    /// <summary>The kernel's own (random(4)): the runtime's generator is OpenSSL's, which is not in the jail.</summary>
    private static byte[] Random(int count)
    {
        var bytes = new byte[count];
        using var source = new FileStream("/dev/urandom", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        source.ReadExactly(bytes);
        return bytes;
    }
}
