using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Skerry.Linux.Network;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Tests.Network;

namespace Skerry.Node.Tests.Isolation.Jails;

/// <summary>The test is the guest: it holds the tap's other end, and speaks Ethernet.</summary>
public sealed class GuestLinkTests
{
    private const string Pod = "guest-pod";

    [Fact]
    public async Task A_guest_gets_what_the_network_gave_the_pod_and_all_frames_of_it()
    {
        using var rig = new NetworkRig();
        var lease = await rig.Join(Pod);
        var guest = await GuestLink.Make(lease.NamespacePath, 3_000_000);
        Assert.Equal(lease.Mac, guest.Mac);
        Assert.Equal(lease.Addresses.Select(static a => a.Address), guest.Addresses);
        Assert.Contains(new GuestRoute("0.0.0.0/0", lease.Addresses[0].Gateway), guest.Routes);
        Assert.Equal(lease.Addresses.Any(static a => a.Address.Contains(':', StringComparison.Ordinal)), guest.Routes.Any(static r => r.Destination == "::/0"));
        Assert.Equal(1500, guest.Mtu);

        using var tap = rig.In(Pod, () => TapDevice.Attach(guest.Tap));
        using var card = new FileStream(tap.ToFileHandle(), FileAccess.ReadWrite, 1);
        var address = NetworkRig.Bare(lease.Addresses[0]);

        // The host asks for the pod's address: only the guest can answer, the namespace's own stack hears nothing.
        using var host = rig.OnHost(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        await host.SendToAsync("hello guest"u8.ToArray(), new IPEndPoint(address, 7777));
        var question = await Frame(card, static f => f[12] == 8 && f[13] == 6);
        Assert.Equal(address.GetAddressBytes(), question[38..42]);
        await card.WriteAsync(Answer(question, guest.Mac));
        var said = await Frame(card, static f => f[12] == 8 && f[13] == 0 && f[23] == 17);
        Assert.EndsWith("hello guest", System.Text.Encoding.ASCII.GetString(said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Made_again_it_is_as_new_and_all_of_it_goes_with_the_namespace()
    {
        using var rig = new NetworkRig();
        var lease = await rig.Join(Pod);
        var first = await GuestLink.Make(lease.NamespacePath, 3_000_000);
        var second = await GuestLink.Make(lease.NamespacePath, 3_000_000);
        Assert.Equal((first.Mac, first.Tap), (second.Mac, second.Tap));
        var filters = rig.ShellIn(Pod, "tc filter show dev eth0 ingress; tc filter show dev tap0 ingress");
        Assert.Equal(2, filters.Split("mirred (Egress Redirect").Length - 1);
        await rig.Network.LeaveAsync(lease, CancellationToken.None);
        rig.Forget(Pod);
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task Only_the_pods_own_user_may_attach_and_needs_no_capability_for_it()
    {
        using var rig = new NetworkRig();
        var lease = await rig.Join(Pod);
        _ = await GuestLink.Make(lease.NamespacePath, 3_000_000);
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv") && File.Exists("/usr/bin/python3"), "needs setpriv (util-linux) and python3");
        const string Attach = "import fcntl,struct,os\nf=os.open('/dev/net/tun',os.O_RDWR)\nfcntl.ioctl(f,0x400454ca,struct.pack('16sH22x',b'tap0',0x1002))\nprint('attached')";

        var script = Path.Combine(rig.Run, "attach.py");
        await File.WriteAllTextAsync(script, Attach, TestContext.Current.CancellationToken);

        // The device node itself is the jail's matter: here one that everybody may open stands in its place.
        string As(int user) => rig.ShellIn(Pod,
            $"unshare -m sh -c 'mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec setpriv --reuid {user} --regid {user} --clear-groups --bounding-set -all --inh-caps -all python3 {script}' 2>&1");
        Assert.Equal("attached", As(3_000_000).Trim());
        Assert.Contains("Operation not permitted", As(3_000_001), StringComparison.Ordinal);
    }

    private static async Task<byte[]> Frame(FileStream card, Func<byte[], bool> wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var buffer = new byte[2048];
        while (true)
        {
            var length = await Task.Run(() => card.Read(buffer, 0, buffer.Length)).WaitAsync(patience.Token);
            if (length > 41 && wanted(buffer))
            {
                return buffer[..length];
            }
        }
    }

    /// <summary>The ARP answer (RFC 826) to a question: operation 2, the two sides changed, the guest's hardware address filled in.</summary>
    private static byte[] Answer(byte[] question, string mac)
    {
        var mine = PhysicalAddress.Parse(mac).GetAddressBytes();
        return [.. question[6..12], .. mine, .. question[12..21], 2, .. mine, .. question[38..42], .. question[22..28], .. question[28..32]];
    }
}
