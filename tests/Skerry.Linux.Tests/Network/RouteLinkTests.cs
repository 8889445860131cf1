using System.Net;
using Skerry.Linux.Network;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Tests.Network;

/// <summary>Interfaces, addresses and routes in a network namespace of its own, with ip(8) as the oracle.</summary>
public sealed class RouteLinkTests
{
    private static readonly string[] Ip = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"];

    [Fact]
    public void Lo_gets_addresses_and_routes()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a network namespace needs root");
        Assert.SkipUnless(Ip.Any(File.Exists), "ip (iproute2) is missing");
        var namespaces = NetworkNamespace.Create();
        var said = NetworkNamespace.Run(namespaces[0], static () =>
        {
            using (var link = new RouteLink())
            {
                link.SetUp(1, up: false, "lo");
                link.SetLink(1, "lo9", [], 1400, "lo");
                link.SetUp(1, up: true, "lo9");
                link.AddAddress(1, IPAddress.Parse("10.9.8.7"), 24, "lo9");
                link.AddAddress(1, IPAddress.Parse("fd00::7"), 64, "lo9");
                link.AddRoute(1, IPAddress.Parse("10.7.0.0"), 16, IPAddress.Parse("10.9.8.1"), "lo9");
                link.AddRoute(1, IPAddress.Parse("10.6.0.0"), 16, null, "lo9");
                Assert.Equal(Errno.ENODEV, Assert.Throws<LinuxException>(() => link.AddAddress(99, IPAddress.Loopback, 8, "none")).Error);
            }

            return Run("addr", "show", "lo9") + Run("route") + Run("-6", "addr");
        });
        foreach (var descriptor in namespaces)
        {
            descriptor.Dispose();
        }

        foreach (var part in new[] { "mtu 1400", "10.9.8.7/24", "fd00::7/64", "10.7.0.0/16 via 10.9.8.1 dev lo9", "10.6.0.0/16 dev lo9" })
        {
            Assert.Contains(part, said, StringComparison.Ordinal);
        }
    }

    private static string Run(params string[] arguments)
    {
        var (read, write) = Spawn.Pipe();
        using (var child = Spawn.Start(new SpawnRequest { Path = Ip.First(File.Exists), Arguments = arguments, Descriptors = [(1, write), (2, write)] }))
        {
            write.Dispose();
            using var output = new StreamReader(new FileStream(read.ToFileHandle(), FileAccess.Read, 1));
            var text = output.ReadToEnd();
            child.Wait(TimeSpan.FromSeconds(10));
            return text;
        }
    }
}
