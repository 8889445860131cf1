using System.Globalization;
using System.Net;
using Skerry.Linux.Network;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Tests.Network;

/// <summary>Interfaces, addresses and routes in a network namespace of its own, with ip(8) as the oracle.</summary>
public sealed class RouteLinkTests
{
    private static readonly string[] Ip = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"];

    [Fact]
    public void An_interface_gets_a_name_addresses_and_routes()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a network namespace needs root");
        Assert.SkipUnless(Ip.Any(File.Exists), "ip (iproute2) is missing");
        var namespaces = NetworkNamespace.Create();
        var said = NetworkNamespace.Run(namespaces[0], static () =>
        {
            Run("link", "add", "v0", "type", "veth", "peer", "name", "v1");
            Run("link", "set", "v1", "up");
            var index = int.Parse(Run("-o", "link", "show", "v0").Split(':')[0], CultureInfo.InvariantCulture);
            using (var link = new RouteLink())
            {
                link.SetUp(index, up: false, "v0");
                link.SetLink(index, "eth9", [0x52, 0x54, 0, 1, 2, 3], 1400, "v0");
                link.SetUp(index, up: true, "eth9");
                link.AddAddress(index, IPAddress.Parse("10.9.8.7"), 24, "eth9");
                link.AddAddress(index, IPAddress.Parse("fd00::7"), 64, "eth9");
                link.AddRoute(index, IPAddress.Parse("10.7.0.0"), 16, IPAddress.Parse("10.9.8.1"), "eth9");
                link.AddRoute(index, IPAddress.Parse("10.6.0.0"), 16, null, "eth9");
                link.AddRoute(index, IPAddress.Parse("0.0.0.0"), 0, IPAddress.Parse("10.9.8.1"), "eth9");
                Assert.Equal(Errno.ENODEV, Assert.Throws<LinuxException>(() => link.AddAddress(999, IPAddress.Loopback, 8, "none")).Error);
            }

            return Run("addr", "show", "eth9") + Run("route") + Run("-6", "addr");
        });
        foreach (var descriptor in namespaces)
        {
            descriptor.Dispose();
        }

        foreach (var part in new[] { "mtu 1400", "52:54:00:01:02:03", "10.9.8.7/24", "fd00::7/64", "10.7.0.0/16 via 10.9.8.1 dev eth9", "10.6.0.0/16 dev eth9", "default via 10.9.8.1 dev eth9" })
        {
            Assert.Contains(part, said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Interfaces_are_told_whatever_they_are_called_and_however_many_there_are()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a network namespace needs root");
        Assert.SkipUnless(Ip.Any(File.Exists), "ip (iproute2) is missing");
        var namespaces = NetworkNamespace.Create();
        var links = NetworkNamespace.Run(namespaces[0], static () =>
        {
            Run("link", "add", "a\u0001\"b", "index", "77", "type", "veth", "peer", "name", "v1");
            Run("link", "set", "a\u0001\"b", "alias", "x\u0001\"y");
            for (var i = 0; i < 150; i++)
            {
                Run("link", "add", $"d{i}", "type", "veth", "peer", "name", $"e{i}");
            }

            using var link = new RouteLink();
            return link.Interfaces();
        });
        foreach (var descriptor in namespaces)
        {
            descriptor.Dispose();
        }

        Assert.Contains(new LinkState(77, "a\u0001\"b", "veth", false, false), links);
        Assert.Equal("lo", Assert.Single(links, static l => l.IsLoopback).Name);
        Assert.Equal(2 + 300, links.Count(static l => l.Kind == "veth"));
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
