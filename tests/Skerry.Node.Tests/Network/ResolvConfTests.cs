using Skerry.Node.Network;

namespace Skerry.Node.Tests.Network;

public sealed class ResolvConfTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skerry-dns-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_hosts_resolvers_are_taken_when_nobody_says_anything()
    {
        Host("search example.org corp\nnameserver 192.0.2.53\noptions edns0 ndots:2\n# comment\nnameserver not-an-address\n");
        var chosen = ResolvConf.Choose(DnsSettings.None, DnsSettings.None, hostNetwork: false, _root);
        Assert.Equal(["192.0.2.53"], chosen.Servers);
        Assert.Equal(["example.org", "corp"], chosen.Searches);
        Assert.Equal(["edns0", "ndots:2"], chosen.Options);
    }

    [Fact]
    public void Resolvers_on_the_hosts_loopback_are_replaced_by_the_real_ones()
    {
        Host("nameserver 127.0.0.53\nnameserver ::1\nsearch corp\n");
        Directory.CreateDirectory(_root + "/run/systemd/resolve");
        File.WriteAllText(_root + "/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver 2001:db8::53\n");
        var chosen = ResolvConf.Choose(DnsSettings.None, DnsSettings.None, hostNetwork: false, _root);
        Assert.Equal(["192.0.2.1", "2001:db8::53"], chosen.Servers);
        Assert.Equal(["corp"], chosen.Searches);
        Assert.Equal(["127.0.0.53", "::1"], ResolvConf.Choose(DnsSettings.None, DnsSettings.None, hostNetwork: true, _root).Servers);
    }

    [Fact]
    public void The_pod_goes_before_the_network_and_the_network_before_the_host()
    {
        Host("nameserver 192.0.2.53\n");
        var network = new DnsSettings(["10.0.0.1"], ["net"], []);
        Assert.Equal(["10.0.0.1"], ResolvConf.Choose(DnsSettings.None, network, hostNetwork: false, _root).Servers);
        var asked = ResolvConf.Choose(new DnsSettings(["9.9.9.9"], [], []), network, hostNetwork: false, _root);
        Assert.Equal(["9.9.9.9"], asked.Servers);
        Assert.Equal(["net"], asked.Searches);
    }

    [Theory]
    [InlineData("1.1.1.1\nnameserver 6.6.6.6", "", "")]
    [InlineData("1.1.1.1", "a b", "")]
    [InlineData("1.1.1.1", "", "ndots:1\nnameserver 6.6.6.6")]
    public void What_would_write_another_line_is_refused(string server, string search, string option) =>
        Assert.Throws<NetworkException>(() => ResolvConf.Choose(
            new DnsSettings([server], search.Length == 0 ? [] : [search], option.Length == 0 ? [] : [option]), DnsSettings.None, hostNetwork: false, _root));

    [Fact]
    public void The_files_are_written_in_place_so_that_a_bind_mount_sees_the_new_content()
    {
        var path = _root + "/resolv.conf";
        ResolvConf.Write(path, new DnsSettings(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"], ["a", "b"], ["ndots:2"]));
        using var open = new StreamReader(path);
        Assert.Equal("search a b\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\noptions ndots:2\n", File.ReadAllText(path));
        ResolvConf.Write(path, new DnsSettings(["192.0.2.9"], [], []));
        Assert.Equal("nameserver 192.0.2.9\n", open.ReadToEnd());

        var lease = new NetworkLease { PodId = "p", Network = "bridge", Addresses = [new("10.88.0.2/16", ""), new("fd00::2/64", "")] };
        HostsFile.Write(_root + "/hosts", "web-1", lease);
        Assert.EndsWith("10.88.0.2\tweb-1\nfd00::2\tweb-1\n", File.ReadAllText(_root + "/hosts"), StringComparison.Ordinal);
        HostsFile.WriteHostname(_root + "/hostname", "web-1");
        Assert.Equal("web-1\n", File.ReadAllText(_root + "/hostname"));
        Assert.Throws<NetworkException>(() => HostsFile.Write(_root + "/hosts", "a\n6.6.6.6 bank.example", lease));
    }

    private void Host(string content)
    {
        Directory.CreateDirectory(_root + "/etc");
        File.WriteAllText(_root + "/etc/resolv.conf", content);
    }
}
